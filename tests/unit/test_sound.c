/* SPDX-License-Identifier: Apache-2.0
 * Sound: wav files, other rates, spectra, mel bands, and the fixed-point front end. Expected
 * numbers were computed with NumPy from the formulas in features.h, those of the front end by the
 * public definition's own program. */
#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

#include "pipeline/features.h"
#include "pipeline/rfft.h"
#include "pipeline/wav.h"
#include "torture.h"

static hn_env env;

static void setup(void) {
    hn_env_init(&env);
}

TestSuite(wav, .init = setup);
TestSuite(series, .init = setup);
TestSuite(features, .init = setup);

/* ---- wav ---- */

enum { HEADER = 44, MAX_FILE = 256 };

static void put(uint8_t *at, uint32_t value, int n) {
    for (int i = 0; i < n; i++) at[i] = (uint8_t)(value >> (8 * i));
}

/* A plain file of n_bytes of samples (at out + 44); returns its size. */
static uint64_t make_wav(uint8_t *out, uint32_t coding, uint32_t channels, uint32_t bits,
                         uint32_t n_bytes) {
    memcpy(out, "RIFF....WAVEfmt ", 16);
    put(out + 4, 36 + n_bytes, 4);
    put(out + 16, 16, 4);
    put(out + 20, coding, 2);
    put(out + 22, channels, 2);
    put(out + 24, 8000, 4);
    put(out + 28, 8000 * channels * bits / 8, 4);
    put(out + 32, channels * bits / 8, 2);
    put(out + 34, bits, 2);
    memcpy(out + 36, "data", 4);
    put(out + 40, n_bytes, 4);
    return HEADER + n_bytes;
}

static hn_series read_wav(const uint8_t *file, uint64_t n) {
    hn_series s = {NULL, 0, 0, 0.0};
    cr_assert_eq(hn_wav_read(&env, file, n, &s), HONE_OK, "%s", env.message);
    cr_assert_eq(s.n_columns, 1);
    return s;
}

Test(wav, reads_every_width) {
    uint8_t file[MAX_FILE];
    const float one_half = 0.5f;
    const double minus_half = -0.5;
    make_wav(file, 1, 1, 8, 2);
    memcpy(file + HEADER, "\x00\xc0", 2);
    hn_series s = read_wav(file, HEADER + 2);
    cr_assert(s.n_rows == 2 && s.values[0] == -1.0f && s.values[1] == 0.5f);
    cr_assert_eq(s.rate_hz, 8000.0);
    hn_series_free(&env, &s);
    make_wav(file, 1, 1, 16, 4);
    memcpy(file + HEADER, "\x00\x80\x00\x40", 4);
    s = read_wav(file, HEADER + 4);
    cr_assert(s.values[0] == -1.0f && s.values[1] == 0.5f);
    hn_series_free(&env, &s);
    make_wav(file, 1, 1, 24, 3);
    memcpy(file + HEADER, "\x00\x00\xc0", 3);
    s = read_wav(file, HEADER + 3);
    cr_assert(s.values[0] == -0.5f);
    hn_series_free(&env, &s);
    make_wav(file, 1, 1, 32, 4);
    memcpy(file + HEADER, "\x00\x00\x00\x20", 4);
    s = read_wav(file, HEADER + 4);
    cr_assert(s.values[0] == 0.25f);
    hn_series_free(&env, &s);
    make_wav(file, 3, 1, 32, 4);
    memcpy(file + HEADER, &one_half, 4);
    s = read_wav(file, HEADER + 4);
    cr_assert(s.values[0] == 0.5f);
    hn_series_free(&env, &s);
    make_wav(file, 3, 1, 64, 8);
    memcpy(file + HEADER, &minus_half, 8);
    s = read_wav(file, HEADER + 8);
    cr_assert(s.values[0] == -0.5f);
    hn_series_free(&env, &s);
}

Test(wav, mixes_channels_and_reads_to_the_end_of_a_pipe) {
    uint8_t file[MAX_FILE];
    make_wav(file, 1, 2, 16, 8);
    memcpy(file + HEADER, "\x00\x40\x00\x00\x00\x40\x00\xc0", 8);
    put(file + 40, UINT32_MAX, 4);
    hn_series s = read_wav(file, HEADER + 8);
    cr_assert(s.n_rows == 2 && s.values[0] == 0.25f && s.values[1] == 0.0f);
    hn_series_free(&env, &s);
}

Test(wav, reads_extensible_headers_behind_other_chunks) {
    uint8_t file[MAX_FILE] = "RIFF....WAVELIST\x03\0\0\0abc\0fmt \x28\0\0\0";
    static const uint8_t rest[] = {
        0xfe, 0xff, 1, 0,    0x40, 0x1f, 0,   0,   0x80, 0x3e, 0, 0, 2, 0,    16, 0,    22,
        0,    16,   0, 4,    0,    0,    0,   1,   0,    0,    0, 0, 0, 0x10, 0,  0x80, 0,
        0,    0xaa, 0, 0x38, 0x9b, 0x71, 'd', 'a', 't',  'a',  2, 0, 0, 0,    0,  0x20};
    memcpy(file + 32, rest, sizeof rest);
    hn_series s = read_wav(file, 32 + sizeof rest);
    cr_assert(s.n_rows == 1 && s.values[0] == 0.25f);
    hn_series_free(&env, &s);
}

Test(wav, refuses_what_is_wrong) {
    uint8_t file[MAX_FILE];
    hn_series s = {NULL, 7, 0, 0.0};
    const uint64_t n = make_wav(file, 1, 1, 16, 4);
    cr_assert_eq(hn_wav_read(&env, "RIFX", 4, &s), HONE_E_FORMAT);
    for (uint64_t cut = 0; cut < n; cut++) {
        cr_assert_neq(hn_wav_read(&env, file, cut, &s), HONE_OK, "cut at %d", (int)cut);
    }
    make_wav(file, 2, 1, 16, 4); /* ADPCM */
    cr_assert_eq(hn_wav_read(&env, file, n, &s), HONE_E_UNSUPPORTED);
    make_wav(file, 1, 0, 16, 4);
    cr_assert_neq(hn_wav_read(&env, file, n, &s), HONE_OK);
    make_wav(file, 1, 1, 12, 4);
    cr_assert_neq(hn_wav_read(&env, file, n, &s), HONE_OK);
    make_wav(file, 3, 1, 32, 4);
    memset(file + HEADER, 0xff, 4);
    cr_assert_eq(hn_wav_read(&env, file, n, &s), HONE_E_FORMAT);
    cr_assert_eq(s.n_rows, 7);
}

/* ---- rates ---- */

static hn_series tone(double hz, double rate, uint64_t n) {
    hn_series s;
    cr_assert_eq(hn_series_new(&env, n, 1, &s), HONE_OK);
    s.rate_hz = rate;
    for (uint64_t i = 0; i < n; i++)
        s.values[i] = (float)sin(6.283185307179586 * hz / rate * (double)i);
    return s;
}

Test(series, keeps_a_tone_at_another_rate) {
    static const double rates[][2] = {
        {16000, 22050}, {44100, 16000}, {48000, 8000}, {8000, 16000}, {22050, 16000}};
    for (size_t k = 0; k < sizeof rates / sizeof rates[0]; k++) {
        hn_series in = tone(440.0, rates[k][0], 4000), out;
        cr_assert_eq(hn_series_resample(&env, &in, rates[k][1], &out), HONE_OK);
        cr_assert_eq(out.n_rows, (uint64_t)ceil(4000 * rates[k][1] / rates[k][0]));
        for (uint64_t i = out.n_rows / 4; i < out.n_rows * 3 / 4; i++) {
            const double wanted = sin(6.283185307179586 * 440.0 / rates[k][1] * (double)i);
            cr_assert_lt(fabs((double)out.values[i] - wanted), 2e-3);
        }
        hn_series_free(&env, &in);
        hn_series_free(&env, &out);
    }
}

Test(series, lets_nothing_above_half_the_rate_pass) {
    hn_series in = tone(6000.0, 16000, 4000), out;
    cr_assert_eq(hn_series_resample(&env, &in, 8000, &out), HONE_OK);
    for (uint64_t i = 100; i < out.n_rows - 100; i++) {
        cr_assert_lt(fabsf(out.values[i]), 1e-2f);
    }
    hn_series_free(&env, &in);
    hn_series_free(&env, &out);
}

Test(series, refuses_odd_rates_and_sizes) {
    hn_series in = tone(1.0, 16000, 16), out = {NULL, 3, 0, 0.0};
    cr_assert_eq(hn_series_resample(&env, &in, 0.0, &out), HONE_E_ARGUMENT);
    cr_assert_eq(hn_series_resample(&env, &in, 1e9, &out), HONE_E_ARGUMENT);
    cr_assert_eq(hn_series_resample(&env, &in, (double)NAN, &out), HONE_E_ARGUMENT);
    cr_assert_eq(hn_series_new(&env, UINT64_MAX, 2, &out), HONE_E_LIMIT);
    cr_assert_eq(hn_series_new(&env, 1, 0, &out), HONE_E_FORMAT);
    cr_assert_eq(out.n_rows, 3);
    hn_series_free(&env, &in);
}

/* ---- features ---- */

static hn_series saw(void) {
    hn_series s;
    cr_assert_eq(hn_series_new(&env, 1600, 1, &s), HONE_OK);
    s.rate_hz = 16000;
    for (uint64_t i = 0; i < s.n_rows; i++) {
        s.values[i] = (float)((double)(i * 7919 % 1000) / 1000.0 - 0.5);
    }
    return s;
}

static void near(double got, double wanted) {
    cr_assert_lt(fabs(got - wanted), 1e-6 * fmax(1.0, fabs(wanted)), "%.9g is not %.9g", got,
                 wanted);
}

Test(features, transform_as_numpy) {
    hn_series s = saw();
    hn_rfft fft;
    double samples[512], power[257];
    cr_assert_eq(hn_rfft_init(&env, 512, &fft), HONE_OK);
    for (int i = 0; i < 512; i++) samples[i] = (double)s.values[i];
    hn_rfft_power(&fft, samples, power);
    near(power[0], 0.00921602392);
    near(power[1], 1.08376061);
    near(power[37], 34.6563911);
    near(power[256], 1.59769614);
    hn_rfft_fini(&env, &fft);
    cr_assert_eq(hn_rfft_init(&env, 3, &fft), HONE_E_ARGUMENT);
    cr_assert_eq(hn_rfft_init(&env, 1u << 31, &fft), HONE_E_ARGUMENT);
    hn_series_free(&env, &s);
}

Test(features, mel_bands_as_numpy) {
    hn_series s = saw(), f;
    hn_feature_options o = hn_feature_options_of(HN_FEATURES_MEL, 16000);
    cr_assert_eq(hn_features(&env, &s, &o, &f), HONE_OK, "%s", env.message);
    cr_assert(f.n_rows == 4 && f.n_columns == 40 && f.rate_hz == 50.0);
    near((double)f.values[0], -0.007761905);
    near((double)f.values[40 + 13], -0.4246293);
    near((double)f.values[3 * 40 + 39], 2.7576023);
    hn_series_free(&env, &f);
    o.power = 2;
    o.log = HN_LOG_DB;
    cr_assert_eq(hn_features(&env, &s, &o, &f), HONE_OK);
    near((double)f.values[5], -7.8406529);
    near((double)f.values[3 * 40 + 20], 12.206927);
    hn_series_free(&env, &f);
    hn_series_free(&env, &s);
}

Test(features, mfcc_as_numpy) {
    hn_series s = saw(), f;
    const hn_feature_options o = hn_feature_options_of(HN_FEATURES_MFCC, 16000);
    cr_assert_eq(hn_features(&env, &s, &o, &f), HONE_OK);
    cr_assert(f.n_rows == 4 && f.n_columns == 10);
    near((double)f.values[0], 5.440225);
    near((double)f.values[21], -5.0829216);
    near((double)f.values[39], 0.19356238);
    hn_series_free(&env, &f);
    hn_series_free(&env, &s);
}

Test(features, of_short_sounds_and_wrong_options) {
    hn_series s = saw(), f = {NULL, 9, 0, 0.0};
    hn_feature_options o = hn_feature_options_of(HN_FEATURES_MEL, 16000);
    o.high_hz = 9000;
    cr_assert_eq(hn_features(&env, &s, &o, &f), HONE_E_ARGUMENT);
    o = hn_feature_options_of(HN_FEATURES_MFCC, 16000);
    o.n_coefficients = 41;
    cr_assert_eq(hn_features(&env, &s, &o, &f), HONE_E_ARGUMENT);
    o = hn_feature_options_of(HN_FEATURES_SPECTRUM, 16000);
    o.n_fft = 256;
    cr_assert_eq(hn_features(&env, &s, &o, &f), HONE_E_ARGUMENT);
    o.step = 0;
    cr_assert_eq(hn_features(&env, &s, &o, &f), HONE_E_ARGUMENT);
    cr_assert_eq(f.n_rows, 9);
    s.n_rows = 100;
    o = hn_feature_options_of(HN_FEATURES_SPECTRUM, 16000);
    cr_assert_eq(hn_features(&env, &s, &o, &f), HONE_OK);
    cr_assert(f.n_rows == 0 && f.n_columns == 257);
    hn_series_free(&env, &f);
    hn_series_free(&env, &s);
}

Test(features, of_the_fixed_point_front_end) {
    static const int wanted[40] = {464, 349, 472, 374, 463, 133, 436, 425, 474, 292,
                                   515, 398, 519, 394, 496, 353, 477, 410, 501, 447,
                                   482, 336, 516, 430, 521, 421, 514, 504, 602, 552,
                                   602, 520, 549, 386, 484, 297, 452, 236, 479, 405};
    hn_series s, f;
    hn_feature_options o = hn_feature_options_of(HN_FEATURES_MICRO, 16000);
    cr_assert_eq(hn_series_new(&env, 1600, 1, &s), HONE_OK);
    s.rate_hz = 16000;
    for (int64_t i = 0; i < 1600; i++) {
        s.values[i] = (float)((i * i * 3 + i * 7919) % 20000 - 10000) / 32768.0f;
    }
    o.step = 160;
    cr_assert_eq(hn_features(&env, &s, &o, &f), HONE_OK, "%s", env.message);
    cr_assert(f.n_rows == 8 && f.n_columns == 40);
    for (int i = 0; i < 40; i++) {
        cr_assert_eq((int)(f.values[6 * 40 + i] * 25.6f + 0.5f), wanted[i], "channel %d", i);
    }
    hn_series_free(&env, &f);
    o.high_hz = 8000.0;
    cr_assert_eq(hn_features(&env, &s, &o, &f), HONE_E_ARGUMENT);
    hn_series_free(&env, &s);
}

Test(features, free_all_when_memory_is_out) {
    static const hn_feature_kind kinds[] = {HN_FEATURES_MFCC, HN_FEATURES_MICRO};
    hn_series s = saw();
    for (int k = 0; k < 2; k++) {
        const hn_feature_options o = hn_feature_options_of(kinds[k], 16000);
        hone_status status = HONE_E_MEMORY;
        for (int fail_at = 1; status != HONE_OK && fail_at < 100; fail_at++) {
            torture t = {0, 0, fail_at};
            hn_env poor;
            hn_series f = {NULL, 0, 0, 0.0};
            torture_env(&poor, &t);
            status = hn_features(&poor, &s, &o, &f);
            if (status == HONE_OK) hn_series_free(&poor, &f);
            cr_assert(status == HONE_OK || status == HONE_E_MEMORY);
            cr_assert_eq(t.n_blocks, 0);
        }
        cr_assert_eq(status, HONE_OK);
    }
    hn_series_free(&env, &s);
}
