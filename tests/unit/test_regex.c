/* SPDX-License-Identifier: Apache-2.0
 * Regular expressions: what matches, what does not, what is refused, and that patterns which make
 * other engines try for years are quick. */
#include <criterion/criterion.h>
#include <string.h>

#include "ops/regex.h"

enum { NO, YES, REFUSED };

typedef struct example {
    const char *pattern, *text;
    int answer;
} example;

static const example examples[] = {
    {"", "", YES},
    {"", "a", NO},
    {"abc", "abc", YES},
    {"abc", "abcd", NO},
    {"a|bc|", "bc", YES},
    {"a|bc|", "", YES},
    {"(a|b)*c", "abbac", YES},
    {"a+?b??", "aab", YES},
    {"a{2,3}", "a", NO},
    {"a{2,3}", "aaa", YES},
    {"a{2,3}", "aaaa", NO},
    {"a{2,}", "aaaaa", YES},
    {"(ab){2}", "abab", YES},
    {"a{,2}", "a{,2}", YES},
    {"[a-c]+[^a-c]", "abcx", YES},
    {"[]x]+[a-]", "]x-", YES},
    {"[[:alpha:]_]+[[:^digit:]]", "a_b.", YES},
    {"\\d+\\.\\d\\D", "12.3x", YES},
    {"\\x41\\x{e9}\\101", "A\303\251A", REFUSED},
    {"\\x41\\x{e9}", "A\303\251", YES},
    {"[\303\240-\303\274]", "\303\251", YES},
    {".", "\303\251", YES},
    {".", "\n", NO},
    {"(?s).", "\n", YES},
    {"(?i)straSSe", "STRASSE", YES},
    {"(?i:a)b", "AB", NO},
    {"(?i)[^a]", "A", NO},
    {"^a$", "a", YES},
    {"a^b", "ab", NO},
    {"(?m)a$\n^b", "a\nb", YES},
    {"\\ba\\b.\\Bb?", "a ", YES},
    {"a\\b.b", "axb", NO},
    {"\\Qa*b\\E+", "a*bb", YES},
    {"(?P<name>a)(?<other>b)", "ab", YES},
    {".", "\377", NO},
    {"a**", "", REFUSED},
    {"*", "", REFUSED},
    {"(", "", REFUSED},
    {")", "", REFUSED},
    {"[a", "", REFUSED},
    {"[z-a]", "", REFUSED},
    {"\\", "", REFUSED},
    {"\\pL", "", REFUSED},
    {"\377", "", REFUSED},
    {"a{2,1}", "", REFUSED},
    {"a{1001}", "", REFUSED},
    {"((a{1000}){1000}){1000}", "", REFUSED},
    {"(?x)a", "", REFUSED},
    {"[[:what:]]", "", REFUSED},
};

static int answer_of(hn_env *env, const char *pattern, const char *text) {
    hn_arena arena;
    hn_regex *r = NULL;
    hn_arena_init(&arena, env, 0);
    const hone_status status = hn_regex_new(&arena, (hn_chars){pattern, strlen(pattern)}, &r);
    const hn_chars chars = {text, strlen(text)};
    const int answer = status != HONE_OK ? REFUSED : hn_regex_matches(r, chars) ? YES : NO;
    hn_arena_fini(&arena);
    return answer;
}

Test(regex, answers_as_re2_does) {
    hn_env env;
    hn_env_init(&env);
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        const example *e = &examples[i];
        cr_expect_eq(answer_of(&env, e->pattern, e->text), e->answer, "'%s' of '%s'", e->pattern,
                     e->text);
    }
}

Test(regex, takes_no_longer_for_nested_repetitions) {
    static char text[20001];
    hn_env env;
    hn_env_init(&env);
    memset(text, 'a', sizeof text - 1);
    cr_expect_eq(answer_of(&env, "((a*)*)*b", text), NO);
    cr_expect_eq(answer_of(&env, "(a|aa|a?)+", text), YES);
    cr_expect_eq(answer_of(&env, "(((((((((((a{2}){2}){2}){2}){2}){2}){2}){2}){2}){2}){2})*", text),
                 NO);
}

Test(regex, refuses_groups_that_are_too_deep) {
    static char pattern[2 * HN_REGEX_MAX_DEPTH + 8];
    hn_env env;
    hn_env_init(&env);
    memset(pattern, '(', HN_REGEX_MAX_DEPTH + 1);
    memset(pattern + HN_REGEX_MAX_DEPTH + 1, ')', HN_REGEX_MAX_DEPTH + 1);
    cr_expect_eq(answer_of(&env, pattern, ""), REFUSED);
    cr_expect_eq(answer_of(&env, pattern + 1, ""), REFUSED);
    pattern[2 * HN_REGEX_MAX_DEPTH + 1] = 0;
    cr_expect_eq(answer_of(&env, pattern + 1, ""), YES);
}
