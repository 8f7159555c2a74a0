/* SPDX-License-Identifier: Apache-2.0
 * export_io.h and start-up for qemu's mps2-an386 (Cortex-M4 with FPU), without a C library: vector
 * table, FPU on, memory set up, main, exit. Files go to the host by Arm semihosting. The counter is
 * the board's timer 0 at 25 MHz; with -icount shift=0 an instruction takes 1 ns of virtual time, so
 * a tick is 40 instructions. */
#include "export_io.h"

#include <stddef.h>

enum { SYS_OPEN = 1, SYS_CLOSE = 2, SYS_WRITE = 5, SYS_READ = 6, SYS_FLEN = 12, SYS_EXIT = 32 };
enum { MODE_READ = 1, MODE_WRITE = 5, EXIT_REASON = 0x20026 };

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define CPACR             REGISTER(0xe000ed88u)
#define TIMER_CONTROL     REGISTER(0x40000000u)
#define TIMER_VALUE       REGISTER(0x40000004u)
#define TIMER_RELOAD      REGISTER(0x40000008u)

extern uint32_t data_from[], data_begin[], data_end[], bss_begin[], bss_end[], stack_top[];
int main(void);
void reset(void);
void fault_stop(void);
void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int value, size_t n);

/* What compilers call for struct copies and clears. */
void *memcpy(void *restrict to, const void *restrict from, size_t n) {
    for (size_t i = 0; i < n; ++i) ((uint8_t *)to)[i] = ((const uint8_t *)from)[i];
    return to;
}

void *memmove(void *to, const void *from, size_t n) {
    if ((uintptr_t)to < (uintptr_t)from) return memcpy(to, from, n);
    for (size_t i = n; i > 0; --i) ((uint8_t *)to)[i - 1] = ((const uint8_t *)from)[i - 1];
    return to;
}

void *memset(void *to, int value, size_t n) {
    for (size_t i = 0; i < n; ++i) ((uint8_t *)to)[i] = (uint8_t)value;
    return to;
}

static int32_t semihost(uint32_t operation, const uint32_t *parameters) {
    register uint32_t r0 __asm__("r0") = operation;
    register const uint32_t *r1 __asm__("r1") = parameters;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return (int32_t)r0;
}

static uint32_t address(const void *p) {
    return (uint32_t)(uintptr_t)p;
}

static uint32_t length(const char *text) {
    uint32_t n = 0;
    while (text[n] != '\0') ++n;
    return n;
}

static int32_t open_file(const char *path, uint32_t mode) {
    const uint32_t p[] = {address(path), mode, length(path)};
    return semihost(SYS_OPEN, p);
}

/* Read or write: the operation gives how many bytes were left undone. */
static int transfer(const char *path, uint32_t mode, uint32_t operation, const void *bytes,
                    uint32_t n_bytes) {
    const int32_t file = open_file(path, mode);
    if (file < 0) return 0;
    const uint32_t handle[] = {(uint32_t)file};
    const uint32_t p[] = {(uint32_t)file, address(bytes), n_bytes};
    int is_done = mode == MODE_WRITE || semihost(SYS_FLEN, handle) == (int32_t)n_bytes;
    is_done = is_done && semihost(operation, p) == 0;
    semihost(SYS_CLOSE, handle);
    return is_done;
}

int io_read(const char *path, void *bytes, uint32_t n_bytes) {
    return transfer(path, MODE_READ, SYS_READ, bytes, n_bytes);
}

int io_write(const char *path, const void *bytes, uint32_t n_bytes) {
    return transfer(path, MODE_WRITE, SYS_WRITE, bytes, n_bytes);
}

/* The timer counts down. */
uint32_t io_ticks(void) {
    return ~TIMER_VALUE;
}

static void stop(uint32_t code) {
    const uint32_t p[] = {EXIT_REASON, code};
    semihost(SYS_EXIT, p);
    for (;;) continue;
}

void fault_stop(void) {
    stop(99);
}

void reset(void) {
    CPACR |= 0xfu << 20;
    __asm__ volatile("dsb\n\tisb");
    const uint32_t *from = data_from;
    for (uint32_t *to = data_begin; to < data_end; ++to) *to = *from++;
    for (uint32_t *to = bss_begin; to < bss_end; ++to) *to = 0;
    TIMER_RELOAD = UINT32_MAX;
    TIMER_VALUE = UINT32_MAX;
    TIMER_CONTROL = 1;
    stop((uint32_t)main());
}

typedef void (*vector)(void);
typedef struct vector_table {
    uint32_t *stack;
    vector entry[15];
} vector_table;

/* Reset, NMI, hard fault, memory, bus and usage fault; the rest is never taken. */
__attribute__((section(".vectors"), used)) static const vector_table vectors = {
    stack_top, {reset, fault_stop, fault_stop, fault_stop, fault_stop, fault_stop}};
