package dev.plimsoll.engine.weights;

import java.util.Arrays;

/**
 * NF4 element by element, after bitsandbytes' kernels: kQuantizeBlockwise, dQuantizeNF4 and
 * dQuantize.
 */
final class ReferenceNf4 {

    /** Table of appendix E of the QLoRA paper. */
    static final float[] VALUES = {
        -1.0f,
        -0.6961928009986877f,
        -0.5250730514526367f,
        -0.39491748809814453f,
        -0.28444138169288635f,
        -0.18477343022823334f,
        -0.09105003625154495f,
        0.0f,
        0.07958029955625534f,
        0.16093020141124725f,
        0.24611230194568634f,
        0.33791524171829224f,
        0.44070982933044434f,
        0.5626170039176941f,
        0.7229568362236023f,
        1.0f
    };

    static final float[] MAP = map();

    final byte[] packed;
    final byte[] scaleCodes;
    final float[] scaleScales;
    final float offset;

    ReferenceNf4(float[] w) {
        int blocks = w.length / 64;
        float[] absmax = new float[blocks];
        packed = new byte[w.length / 2];
        double sum = 0;
        for (int b = 0; b < blocks; b++) {
            absmax[b] = absmax(w, 64 * b, 64);
            sum += absmax[b];
            float inverse = absmax[b] == 0 ? 0 : 1 / absmax[b];
            for (int i = 64 * b; i < 64 * b + 64; i += 2) {
                packed[i / 2] = (byte) (code(w[i] * inverse) << 4 | code(w[i + 1] * inverse));
            }
        }
        offset = (float) (sum / blocks);
        scaleCodes = new byte[blocks];
        scaleScales = new float[(blocks + 255) / 256];
        for (int b = 0; b < blocks; b++) {
            absmax[b] -= offset;
        }
        for (int b = 0; b < blocks; b++) {
            float top = absmax(absmax, b / 256 * 256, Math.min(256, blocks - b / 256 * 256));
            scaleScales[b / 256] = top;
            scaleCodes[b] = (byte) dynamicCode(top == 0 ? 0 : absmax[b] * (1 / top));
        }
    }

    float[] absmax() {
        float[] absmax = new float[scaleCodes.length];
        for (int b = 0; b < absmax.length; b++) {
            float scaled = MAP[scaleCodes[b] & 0xff] * scaleScales[b / 256];
            absmax[b] = scaled + offset;
        }
        return absmax;
    }

    float[] dequantized() {
        float[] absmax = absmax();
        float[] w = new float[2 * packed.length];
        for (int i = 0; i < w.length; i++) {
            int code = i % 2 == 0 ? (packed[i / 2] & 0xff) >> 4 : packed[i / 2] & 15;
            w[i] = VALUES[code] * absmax[i / 64];
        }
        return w;
    }

    /** The decision tree of dQuantizeNF4, branch by branch. */
    static int code(float x) {
        if (x > 0.03979014977812767f) {
            if (x > 0.3893125355243683f) {
                if (x > 0.6427869200706482f) {
                    return x > 0.8614784181118011f ? 15 : 14;
                }
                return x > 0.5016634166240692f ? 13 : 12;
            }
            if (x > 0.2035212516784668f) {
                return x > 0.2920137718319893f ? 11 : 10;
            }
            return x > 0.1202552504837513f ? 9 : 8;
        }
        if (x > -0.33967943489551544f) {
            if (x > -0.13791173323988914f) {
                return x > -0.045525018125772476f ? 7 : 6;
            }
            return x > -0.23460740596055984f ? 5 : 4;
        }
        if (x > -0.6106329262256622f) {
            return x > -0.4599952697753906f ? 3 : 2;
        }
        return x > -0.8480964004993439f ? 1 : 0;
    }

    /** The search by halves of dQuantize, ties as they fall there. */
    static int dynamicCode(float x) {
        int pivot = 127;
        int upper = 255;
        int lower = 0;
        for (int step = 64; step > 0; step >>= 1) {
            if (x > MAP[pivot]) {
                lower = pivot;
                pivot += step;
            } else {
                upper = pivot;
                pivot -= step;
            }
        }
        if (x > MAP[pivot]) {
            return x > (MAP[upper] + MAP[pivot]) * 0.5f ? upper : pivot;
        }
        return x < (MAP[lower] + MAP[pivot]) * 0.5f ? lower : pivot;
    }

    /**
     * For e of 0 to 6 the middles of 2^e equal parts of [0.1, 1], times 10^(e - 6), both signs; 0;
     * 1.
     */
    private static float[] map() {
        float[] map = new float[256];
        int n = 0;
        map[n++] = 0;
        map[n++] = 1;
        for (int e = 0; e < 7; e++) {
            int parts = 1 << e;
            for (int i = 0; i < parts; i++) {
                float middle =
                        (float) ((0.1 + 0.9 * (2 * i + 1) / (2 * parts)) * Math.pow(10, e - 6));
                map[n++] = middle;
                map[n++] = -middle;
            }
        }
        Arrays.sort(map);
        return map;
    }

    private static float absmax(float[] x, int from, int count) {
        float top = 0;
        for (int i = from; i < from + count; i++) {
            top = Math.max(top, Math.abs(x[i]));
        }
        return top;
    }
}
