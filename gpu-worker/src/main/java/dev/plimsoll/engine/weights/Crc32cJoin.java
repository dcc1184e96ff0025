package dev.plimsoll.engine.weights;

/**
 * CRC32C of a whole from those of its pieces: crc(A B) = crc(A)·x^(8·|B|) + crc(B) modulo the
 * polynomial over GF(2), bits reflected; the method of zlib's crc32_combine with Castagnoli's
 * polynomial.
 */
final class Crc32cJoin {

    private static final int POLYNOMIAL = 0x82F63B78;
    private static final int ONE = 1 << 31;

    /** x^(2^k). */
    private static final int[] POWERS = powers();

    private Crc32cJoin() {}

    static int join(int first, int second, long secondBytes) {
        return multiply(power(8 * secondBytes), first) ^ second;
    }

    /** x^exponent. */
    private static int power(long exponent) {
        int power = ONE;
        for (int k = 0; exponent >> k != 0; k++) {
            if ((exponent >> k & 1) == 1) {
                power = multiply(POWERS[k], power);
            }
        }
        return power;
    }

    private static int multiply(int a, int b) {
        int product = 0;
        int shifted = b;
        for (int bit = ONE; bit != 0; bit >>>= 1) {
            if ((a & bit) != 0) {
                product ^= shifted;
            }
            shifted = (shifted & 1) != 0 ? shifted >>> 1 ^ POLYNOMIAL : shifted >>> 1;
        }
        return product;
    }

    private static int[] powers() {
        int[] powers = new int[63];
        powers[0] = ONE >>> 1;
        for (int k = 1; k < powers.length; k++) {
            powers[k] = multiply(powers[k - 1], powers[k - 1]);
        }
        return powers;
    }
}
