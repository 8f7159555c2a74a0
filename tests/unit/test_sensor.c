/* SPDX-License-Identifier: Apache-2.0
 * Recordings: JSON, CBOR and CSV as series. */
#include <criterion/criterion.h>

#include <string.h>

#include "pipeline/doc_events.h"
#include "pipeline/sensor.h"

static hn_env env;

static void setup(void) {
    hn_env_init(&env);
}

TestSuite(sensor, .init = setup);

static hn_series read_text(const char *text) {
    hn_series s = {NULL, 0, 0, 0.0};
    cr_assert_eq(hn_sensor_read(&env, text, strlen(text), &s), HONE_OK, "%s: %s", text,
                 env.message);
    return s;
}

static void check(hn_series s, uint64_t n_rows, uint32_t n_columns, const float *values) {
    cr_assert_eq(s.n_rows, n_rows);
    cr_assert_eq(s.n_columns, n_columns);
    cr_assert_eq(memcmp(s.values, values, n_rows * n_columns * sizeof *values), 0);
    hn_series_free(&env, &s);
}

Test(sensor, json_payload) {
    static const float values[] = {-9.5f, 0.25f, 100.0f, 1.0f, 2.0f, 3.0f};
    hn_series s =
        read_text("{\"protected\": {\"ver\": \"v1 \\\" }\", \"x\": [1, [2]]},\n"
                  "\"payload\": {\"sensors\": [{\"name\": \"values\"}], \"interval_ms\": 10,"
                  "\"values\": [[-9.5, 0.25, 1e2], [1, 2, 3]]}, \"signature\": null}");
    cr_assert_eq(s.rate_hz, 100.0);
    check(s, 2, 3, values);
    check(read_text(" {\"values\": [-9.5, 0.25]}"), 2, 1, values);
}

Test(sensor, cbor_payload) {
    static const float values[] = {1.0f, -2.0f, 0.5f, 1.5f};
    static const uint8_t file[] = {0xa2, 0x61, 'a',  0xc1, 0x82, 0x01, 0xbf, 0xff, 0x67, 'p',  'a',
                                   'y',  'l',  'o',  'a',  'd',  0xa2, 0x6b, 'i',  'n',  't',  'e',
                                   'r',  'v',  'a',  'l',  '_',  'm',  's',  0x14, 0x66, 'v',  'a',
                                   'l',  'u',  'e',  's',  0x9f, 0x82, 0x01, 0x21, 0x82, 0xf9, 0x38,
                                   0x00, 0xfa, 0x3f, 0xc0, 0x00, 0x00, 0xff};
    hn_series s = {NULL, 0, 0, 0.0};
    cr_assert_eq(hn_sensor_read(&env, file, sizeof file, &s), HONE_OK, "%s", env.message);
    cr_assert_eq(s.rate_hz, 50.0);
    check(s, 2, 2, values);
    for (uint64_t cut = 1; cut < sizeof file; cut++) {
        cr_assert_eq(hn_sensor_read(&env, file, cut, &s), HONE_E_FORMAT, "cut at %d", (int)cut);
    }
}

Test(sensor, csv_columns_of_numbers) {
    static const float values[] = {1.0f, -2.5f, 3.0f, 4.0f};
    check(read_text("1,-2.5\n3,4\n"), 2, 2, values);
    check(read_text("timestamp,ax,name,ay\r\n0,1,\"a,b\",-2.5\r\n\r\n10, 3 ,b,\"4\"\r\n"), 2, 2,
          values);
    check(read_text("\xef\xbb\xbf"
                    "a;b\n1;-2.5\n3;4"),
          2, 2, values);
    check(read_text("2013-07-04 00:00:00\t1\t-2.5\n2013-07-04\t3\t4"), 2, 2, values);
}

Test(sensor, names_what_is_wrong) {
    static const char *const files[] = {
        "",
        "\n\n",
        "a,b\n",
        "a,b\nc,d\n",
        "1,2\n3\n",
        "1,2\n3,x\n",
        "{",
        "{\"values\": [[1, 2], [3]]}",
        "{\"values\": [[1, \"2\"]]}",
        "{\"values\": []}",
        "{\"values\": [[1, 2]}",
        "{\"values\": 7}",
        "{\"values\"",
        "{\"values\": [1e999]}",
        "{\"other\": tru}",
        "{\"other\": 1.2.3}",
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        hn_series s = {NULL, 5, 0, 0.0};
        cr_assert_eq(hn_sensor_read(&env, files[i], strlen(files[i]), &s), HONE_E_FORMAT, "%s",
                     files[i]);
        cr_assert_eq(s.n_rows, 5);
    }
}

Test(sensor, bounds_depth_and_counts) {
    char deep[256] = "{\"a\": ";
    hn_series s;
    memset(deep + 6, '[', 200);
    cr_assert_eq(hn_sensor_read(&env, deep, 206, &s), HONE_E_FORMAT);
    const uint8_t huge[] = {0xa1, 0x66, 'v',  'a',  'l',  'u',  'e',  's', 0x9b,
                            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    cr_assert_eq(hn_sensor_read(&env, huge, sizeof huge, &s), HONE_E_FORMAT);
}
