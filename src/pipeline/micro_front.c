/* SPDX-License-Identifier: Apache-2.0
 * The stages of the front end over one state. Shifts and roundings are those of the public
 * definition; names say what a stage does. Tables (window, mel weights, gain, log) are made at the
 * start with the float arithmetic that the definition prescribes, since they are rounded after it.
 */
#include "pipeline/micro_front.h"

#include <math.h>
#include <string.h>

#include "pipeline/micro_fft.h"

enum { WINDOW_BITS = 12, WEIGHT_BITS = 12, SMOOTHING_BITS = 10, NOISE_BITS = 14 };
enum { GAIN_BITS = 21, SNR_BITS = 12, PCAN_BITS = 6, LOG_SHIFT = 6, LOG_SEGMENTS = 128 };
enum { GAIN_ENTRIES = 33, MAX_CHANNELS = 128, LOG_E = 45426 };

static const double EVEN_SMOOTHING = 0.025, ODD_SMOOTHING = 0.06, MIN_SIGNAL = 0.05;
static const float PCAN_STRENGTH = 0.95f, PCAN_OFFSET = 80.0f;

/* A gain by pieces: for noise in [2^(i-1), 2^i) value + slope * t + curve * t^2. */
typedef struct gain_piece {
    int16_t value, slope, curve;
} gain_piece;

typedef struct front {
    uint32_t frame, n_fft, n_channels;
    uint32_t first_bin, end_bin;
    uint32_t correction_bits;
    int16_t *window;  /* [frame] */
    int16_t *samples; /* [n_fft] */
    hn_complex16 *bins;
    uint32_t *bounds; /* [n_channels + 2]: bins of slice i are bounds[i] .. bounds[i + 1] */
    int16_t *weights; /* [n_fft / 2 + 1][2]: share of the slice's own channel, and of the next */
    uint32_t *noise;  /* [n_channels] */
    uint32_t *signal; /* [n_channels] */
    hn_micro_fft fft;
    gain_piece gain[GAIN_ENTRIES];
    uint16_t log_bend[LOG_SEGMENTS + 2];
} front;

/* The number of bits of a value; 0 for 0. */
static uint32_t bits_of(uint64_t value) {
    uint32_t n = 0;
    for (; value != 0; value >>= 1) n++;
    return n;
}

static float mel_of(float hz) {
    return (float)(1127.0 * log1p((double)hz / 700.0));
}

/* Slice i of the bins lies between the centres of channels i - 1 and i: it fades out of the one
 * before and into its own. */
static hone_status fill_weights(hn_env *env, front *f, const hn_feature_options *o, double rate) {
    const uint32_t n_slices = f->n_channels + 1, n_bins = f->n_fft / 2 + 1;
    const float bin_hz = (float)(0.5 * rate / (double)(float)(n_bins - 1));
    const float low = mel_of((float)o->low_hz);
    const float spacing = (mel_of((float)o->high_hz) - low) / (float)n_slices;
    f->first_bin = (uint32_t)(1.5 + (double)((float)o->low_hz / bin_hz));
    uint32_t bin = f->first_bin;
    float before = low;
    for (uint32_t s = 0; s < n_slices; s++) {
        const float center = low + spacing * (float)(s + 1);
        f->bounds[s] = bin;
        for (; bin < n_bins && mel_of((float)bin * bin_hz) <= center; bin++) {
            const float share = (center - mel_of((float)bin * bin_hz)) / (center - before);
            f->weights[2 * bin] = (int16_t)floor((double)(share * (1 << WEIGHT_BITS)) + 0.5);
            f->weights[2 * bin + 1] =
                (int16_t)floor((1.0 - (double)share) * (1 << WEIGHT_BITS) + 0.5);
        }
        before = center;
    }
    f->bounds[n_slices] = f->end_bin = bin;
    if (bin < n_bins) return HONE_OK;
    return hn_fail(env, HONE_E_ARGUMENT, "channels up to %g Hz of sound with %g Hz", o->high_hz,
                   rate);
}

static int16_t gain_at(uint32_t noise, uint32_t input_bits) {
    const float level = (float)noise / (float)(UINT32_C(1) << input_bits);
    const float gain = (float)(1u << GAIN_BITS) * powf(level + PCAN_OFFSET, -PCAN_STRENGTH);
    return gain > 32767.0f ? 32767 : (int16_t)(gain + 0.5f);
}

/* A parabola through three gains of each octave. */
static void fill_gain(front *f) {
    const uint32_t bits = SMOOTHING_BITS - f->correction_bits;
    f->gain[0].value = gain_at(0, bits);
    f->gain[1].value = gain_at(1, bits);
    for (uint32_t i = 2; i < GAIN_ENTRIES; i++) {
        const uint32_t x0 = UINT32_C(1) << (i - 1), x1 = x0 + x0 / 2;
        const uint32_t x2 = i == GAIN_ENTRIES - 1 ? x0 + (x0 - 1) : 2 * x0;
        const int32_t y0 = gain_at(x0, bits);
        const int32_t middle = gain_at(x1, bits) - y0, end = gain_at(x2, bits) - y0;
        const int32_t slope = 4 * middle - end;
        f->gain[i] = (gain_piece){(int16_t)y0, (int16_t)slope, (int16_t)(end - slope)};
    }
}

static int16_t gain_of(const front *f, uint32_t noise) {
    if (noise <= 2) {
        return noise == 2 ? f->gain[2].value : f->gain[noise].value;
    }
    const uint32_t i = bits_of(noise);
    const gain_piece *g = &f->gain[i];
    const int32_t t = (int32_t)((i < 11 ? noise << (11 - i) : noise >> (i - 11)) & 0x3ff);
    int32_t value = (g->curve * t >> 5) + g->slope * 32;
    value = (int32_t)(((int64_t)value * t + (1 << 14)) >> 15);
    return (int16_t)(value + g->value);
}

/* How far log2 lies above its chord from 1 to 2. */
static void fill_log(front *f) {
    for (uint32_t i = 0; i <= LOG_SEGMENTS; i++) {
        const double x = (double)i / LOG_SEGMENTS;
        f->log_bend[i] = (uint16_t)floor((log2(1.0 + x) - x) * 65536.0 + 0.5);
    }
    f->log_bend[LOG_SEGMENTS + 1] = 0;
}

static uint32_t log_of(const front *f, uint32_t value) {
    const uint32_t whole = bits_of(value) - 1;
    uint32_t part = value - (UINT32_C(1) << whole);
    part = whole < 16 ? part << (16 - whole) : part >> (whole - 16);
    const uint32_t segment = part >> 9;
    const int32_t low = f->log_bend[segment], high = f->log_bend[segment + 1];
    const int32_t bend = low + ((high - low) * (int32_t)(part - (segment << 9)) >> 16);
    const uint32_t log2_value = (whole << 16) + part + (uint32_t)bend;
    const uint32_t log_e = (uint32_t)(((uint64_t)LOG_E * log2_value + 0x8000) >> 16);
    return ((log_e << LOG_SHIFT) + 0x8000) >> 16;
}

/* The nearest whole root; those of 32-bit values end at 65535. */
static uint32_t root_of(uint64_t value) {
    const uint64_t most = value >> 32 == 0 ? 0xffff : 0xffffffff;
    uint64_t rest = value, root = 0;
    for (uint64_t bit = UINT64_C(1) << 62; bit != 0; bit >>= 2) {
        const bool fits = rest >= root + bit;
        if (fits) rest -= root + bit;
        root = (root >> 1) + (fits ? bit : 0);
    }
    return (uint32_t)(rest > root && root != most ? root + 1 : root);
}

static void front_fini(hn_env *env, front *f) {
    hn_micro_fft_fini(env, &f->fft);
    hn_free(env, f->window);
    hn_free(env, f->samples);
    hn_free(env, f->bins);
    hn_free(env, f->bounds);
    hn_free(env, f->weights);
    hn_free(env, f->noise);
    hn_free(env, f->signal);
    hn_free(env, f);
}

/* On failure the caller frees what was made. */
static hone_status front_init(hn_env *env, const hn_feature_options *o, double rate, front *f) {
    const float turn = (float)(3.14159265358979323846 * 2.0 / (double)(float)o->frame);
    f->frame = o->frame;
    f->n_channels = o->n_bins;
    for (f->n_fft = 1; f->n_fft < o->frame; f->n_fft *= 2) continue;
    HN_TRY(hn_micro_fft_init(env, f->n_fft, &f->fft));
    f->window = hn_alloc(env, f->frame * sizeof *f->window);
    f->samples = hn_alloc(env, f->n_fft * sizeof *f->samples);
    f->bins = hn_alloc(env, (f->n_fft / 2 + 1) * sizeof *f->bins);
    f->bounds = hn_alloc(env, (f->n_channels + 2) * sizeof *f->bounds);
    f->weights = hn_alloc(env, (f->n_fft / 2 + 1) * 2 * sizeof *f->weights);
    f->noise = hn_alloc(env, f->n_channels * sizeof *f->noise);
    f->signal = hn_alloc(env, f->n_channels * sizeof *f->signal);
    if (f->window == NULL || f->samples == NULL || f->bins == NULL || f->bounds == NULL ||
        f->weights == NULL || f->noise == NULL || f->signal == NULL) {
        return hn_no_memory(env);
    }
    for (uint32_t i = 0; i < f->frame; i++) {
        const float value = (float)(0.5 - 0.5 * cos((double)turn * (i + 0.5)));
        f->window[i] = (int16_t)floor((double)(value * (1 << WINDOW_BITS)) + 0.5);
    }
    f->correction_bits = bits_of(f->n_fft) - 1 - WEIGHT_BITS / 2;
    fill_gain(f);
    fill_log(f);
    return fill_weights(env, f, o, rate);
}

/* The window, as loud as 16 bits allow; returns the bits that it was shifted up by. */
static uint32_t apply_window(front *f, const float *sound) {
    int32_t loudest = 0;
    for (uint32_t i = 0; i < f->frame; i++) {
        const double wide = floor((double)sound[i] * 32768.0 + 0.5);
        const int32_t sample = wide > 32767.0 ? 32767 : wide < -32768.0 ? -32768 : (int32_t)wide;
        const int32_t value = sample * f->window[i] >> WINDOW_BITS;
        f->samples[i] = (int16_t)value;
        if (value > loudest || -value > loudest) loudest = value < 0 ? -value : value;
    }
    const uint32_t n_bits = bits_of((uint64_t)loudest), shift = n_bits < 15 ? 15 - n_bits : 0;
    for (uint32_t i = 0; i < f->frame; i++) {
        f->samples[i] = (int16_t)(uint16_t)((uint32_t)(uint16_t)f->samples[i] << shift & 0xffffu);
    }
    return shift;
}

static void sum_channels(front *f, uint32_t shift) {
    uint64_t own = 0, next = 0;
    for (uint32_t s = 0; s <= f->n_channels; s++) {
        for (uint32_t i = f->bounds[s]; i < f->bounds[s + 1]; i++) {
            const int64_t re = f->bins[i].re, im = f->bins[i].im;
            const uint64_t energy = (uint64_t)(re * re + im * im);
            own += (uint64_t)f->weights[2 * i] * energy;
            next += (uint64_t)f->weights[2 * i + 1] * energy;
        }
        if (s > 0) f->signal[s - 1] = root_of(own) >> shift;
        own = next;
        next = 0;
    }
}

static void reduce_noise(front *f) {
    const uint32_t least = (uint32_t)(MIN_SIGNAL * (1 << NOISE_BITS));
    for (uint32_t c = 0; c < f->n_channels; c++) {
        const uint32_t smoothing =
            (uint32_t)((c % 2 == 0 ? EVEN_SMOOTHING : ODD_SMOOTHING) * (1 << NOISE_BITS));
        const uint32_t wide = f->signal[c] << SMOOTHING_BITS;
        const uint64_t mixed =
            (uint64_t)wide * smoothing + (uint64_t)f->noise[c] * ((1 << NOISE_BITS) - smoothing);
        uint32_t estimate = (uint32_t)(mixed >> NOISE_BITS);
        f->noise[c] = estimate;
        if (estimate > wide) estimate = wide;
        const uint32_t bottom = (uint32_t)(((uint64_t)f->signal[c] * least) >> NOISE_BITS);
        const uint32_t rest = (wide - estimate) >> SMOOTHING_BITS;
        f->signal[c] = rest > bottom ? rest : bottom;
    }
}

/* Squares of small ratios of signal to noise, the ratios themselves above. */
static uint32_t shrink(uint32_t snr) {
    if (snr < 2u << SNR_BITS) return snr * snr >> (2 + 2 * SNR_BITS - PCAN_BITS);
    return (snr >> (SNR_BITS - PCAN_BITS)) - (1u << PCAN_BITS);
}

static void apply_gain(front *f) {
    const uint32_t shift = GAIN_BITS - f->correction_bits - SNR_BITS;
    for (uint32_t c = 0; c < f->n_channels; c++) {
        const uint64_t gain = (uint64_t)gain_of(f, f->noise[c]);
        f->signal[c] = shrink((uint32_t)((uint64_t)f->signal[c] * gain >> shift));
    }
}

static void write_features(const front *f, float *row) {
    for (uint32_t c = 0; c < f->n_channels; c++) {
        const uint32_t value = f->signal[c] << f->correction_bits;
        const uint32_t feature = value > 1 ? log_of(f, value) : 0;
        row[c] = (float)(feature < 65535 ? feature : 65535) / 25.6f;
    }
}

static hone_status run_front(hn_env *env, front *f, const hn_series *sound,
                             const hn_feature_options *o, hn_series *out) {
    const uint64_t n = sound->n_rows < o->frame ? 0 : (sound->n_rows - o->frame) / o->step + 1;
    HN_TRY(front_init(env, o, sound->rate_hz, f));
    HN_TRY(hn_series_new(env, n, f->n_channels, out));
    out->rate_hz = sound->rate_hz / o->step;
    for (uint64_t i = 0; i < n; i++) {
        const uint32_t shift = apply_window(f, sound->values + i * o->step);
        hn_micro_fft_run(&f->fft, f->samples, f->bins);
        sum_channels(f, shift);
        reduce_noise(f);
        apply_gain(f);
        write_features(f, out->values + i * f->n_channels);
    }
    return HONE_OK;
}

hone_status hn_micro_features(hn_env *env, const hn_series *sound, const hn_feature_options *o,
                              hn_series *out) {
    hn_series made;
    if (sound->n_columns != 1 || o->step == 0 || o->frame < HN_MICRO_FFT_MIN ||
        o->frame > HN_MICRO_FFT_MAX || o->n_bins == 0 || o->n_bins > MAX_CHANNELS ||
        !(o->low_hz >= 0.0 && o->low_hz < o->high_hz)) {
        return hn_fail(env, HONE_E_ARGUMENT, "frames of %u samples every %u, %u channels",
                       (unsigned)o->frame, (unsigned)o->step, (unsigned)o->n_bins);
    }
    front *f = hn_alloc(env, sizeof *f);
    if (f == NULL) return hn_no_memory(env);
    const hone_status status = run_front(env, f, sound, o, &made);
    front_fini(env, f);
    if (status == HONE_OK) *out = made;
    return status;
}
