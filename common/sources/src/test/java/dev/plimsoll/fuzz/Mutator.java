package dev.plimsoll.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/** Makes wrong inputs of right ones. The same dice and inputs give the same sequence. */
final class Mutator {

    private static final int MOST_BYTES = 1 << 18;
    private static final int MOST_TIMES = 6;
    private static final int DEEP = 30_000;
    private static final List<String> VALUES = List.of(
            "0",
            "-1",
            "1",
            "2147483647",
            "2147483648",
            "-2147483648",
            "9223372036854775807",
            "-9223372036854775808",
            "1e309",
            "-0.0",
            "1e-320",
            "NaN",
            "99999999999999999999999999",
            "null",
            "true",
            "\"\"",
            "\"../../etc/passwd\"",
            "\"\\u0000\"",
            "\"\\ud800\"",
            "[]",
            "{}",
            "[[]]",
            "{\"a\":1}");
    private static final List<String> NESTS = List.of("[", "{\"a\":", "(", "{{", "{% if 1 %}", "-");

    private final RandomGenerator dice;
    private final List<byte[]> seeds;
    private final List<String> words;

    /** @param words of the language that is read */
    Mutator(RandomGenerator dice, List<byte[]> seeds, List<String> words) {
        this.dice = dice;
        this.seeds = seeds;
        this.words = words;
    }

    byte[] next() {
        byte[] bytes = seed();
        int times = 1 + dice.nextInt(dice.nextInt(MOST_TIMES) + 1);
        for (int i = 0; i < times; i++) {
            bytes = changed(bytes);
        }
        return bytes.length > MOST_BYTES ? Arrays.copyOf(bytes, MOST_BYTES) : bytes;
    }

    private byte[] seed() {
        return seeds.get(dice.nextInt(seeds.size()));
    }

    private byte[] changed(byte[] bytes) {
        int at = dice.nextInt(bytes.length + 1);
        int to = Math.min(bytes.length, at + dice.nextInt(dice.nextInt(64) + 1));
        return switch (dice.nextInt(20)) {
            case 0 -> Arrays.copyOf(bytes, at);
            case 1, 2 -> flipped(bytes);
            case 3 -> replaced(bytes, at, to, random());
            case 4, 5 -> replaced(bytes, at, to, new byte[0]);
            case 6 -> replaced(bytes, at, at, repeated(bytes, at, to));
            case 7 -> spliced(bytes, at);
            case 8, 9, 10, 11 -> withOtherValue(bytes, at);
            case 12, 13 -> withOtherNumber(bytes, at);
            case 14, 15, 16 -> replaced(bytes, at, at, word());
            case 17 -> replaced(bytes, at, to, word());
            case 18 -> dice.nextInt(20) == 0 ? replaced(bytes, at, at, deep()) : flipped(bytes);
            default -> replaced(bytes, at, at, pick(VALUES));
        };
    }

    private byte[] pick(List<String> texts) {
        return texts.get(dice.nextInt(texts.size())).getBytes(UTF_8);
    }

    private byte[] word() {
        return pick(words.isEmpty() ? VALUES : words);
    }

    private byte[] random() {
        byte[] bytes = new byte[dice.nextInt(16)];
        dice.nextBytes(bytes);
        return bytes;
    }

    private byte[] deep() {
        String nest = NESTS.get(dice.nextInt(NESTS.size()));
        return nest.repeat(DEEP / nest.length()).getBytes(UTF_8);
    }

    private byte[] flipped(byte[] bytes) {
        byte[] flipped = bytes.clone();
        if (bytes.length > 0) {
            flipped[dice.nextInt(bytes.length)] ^= (byte) (1 << dice.nextInt(8));
        }
        return flipped;
    }

    private byte[] repeated(byte[] bytes, int from, int to) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int times = dice.nextInt(50) == 0 ? 2_000 : 1 + dice.nextInt(4);
        for (int i = 0; i < times && out.size() < MOST_BYTES; i++) {
            out.write(bytes, from, to - from);
        }
        return out.toByteArray();
    }

    private byte[] spliced(byte[] bytes, int at) {
        byte[] other = seed();
        int from = dice.nextInt(other.length + 1);
        return replaced(bytes, at, bytes.length, Arrays.copyOfRange(other, from, other.length));
    }

    /** Of a JSON or YAML text: puts something else where a value is. */
    private byte[] withOtherValue(byte[] bytes, int near) {
        int colon = near;
        while (colon < bytes.length && bytes[colon] != ':') {
            colon++;
        }
        if (colon >= bytes.length) {
            return flipped(bytes);
        }
        int end = colon + 1;
        while (end < bytes.length && ",}]\n".indexOf(bytes[end]) < 0) {
            end++;
        }
        return replaced(bytes, colon + 1, end, pick(VALUES));
    }

    private byte[] withOtherNumber(byte[] bytes, int near) {
        int from = near;
        while (from < bytes.length && !digit(bytes[from])) {
            from++;
        }
        int to = from;
        while (to < bytes.length && digit(bytes[to])) {
            to++;
        }
        return from == to ? flipped(bytes) : replaced(bytes, from, to, pick(VALUES.subList(0, 13)));
    }

    private static boolean digit(byte b) {
        return b >= '0' && b <= '9';
    }

    private static byte[] replaced(byte[] bytes, int from, int to, byte[] by) {
        byte[] replaced = new byte[bytes.length - (to - from) + by.length];
        System.arraycopy(bytes, 0, replaced, 0, from);
        System.arraycopy(by, 0, replaced, from, by.length);
        System.arraycopy(bytes, to, replaced, from + by.length, bytes.length - to);
        return replaced;
    }

    /** The beginning of an input, for a message. */
    static String shown(byte[] bytes) {
        return new String(bytes, 0, Math.min(300, bytes.length), ISO_8859_1)
                .replaceAll("[^ -~]", "?");
    }
}
