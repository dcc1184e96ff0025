package dev.plimsoll.wire;

import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Makes records that are like a run's and wrong: for tests, and for floods of a running fleet. The
 * same dice and the same records give the same sequence.
 */
public final class Mutations {

    private static final List<String> NUMBERS = List.of(
            "0",
            "-1",
            "1",
            "2147483647",
            "2147483648",
            "-9223372036854775808",
            "9223372036854775807",
            "1e309",
            "NaN",
            "null",
            "\"\"",
            "[]",
            "{}",
            "true");
    private static final int MOST_RANDOM_BYTES = 4_096;

    private final RandomGenerator dice;

    public Mutations(RandomGenerator dice) {
        this.dice = dice;
    }

    /** The record, wrong in one way or several; the topic and the partition stay. */
    public ProducerRecord<byte[], byte[]> of(ProducerRecord<byte[], byte[]> record) {
        byte[] key = record.key();
        byte[] value = record.value();
        List<Header> headers = new ArrayList<>(List.of(record.headers().toArray()));
        int times = 1 + dice.nextInt(3);
        for (int i = 0; i < times; i++) {
            switch (dice.nextInt(8)) {
                case 0 -> key = dice.nextBoolean() ? null : bytes();
                case 1 -> value = dice.nextBoolean() ? null : bytes();
                case 2 -> value = damaged(value);
                case 3 -> value = cut(value);
                case 4 -> value = withOtherNumber(value);
                case 5 -> drop(headers);
                case 6 -> change(headers);
                default -> headers.add(new RecordHeader("x" + dice.nextInt(9), bytes()));
            }
        }
        boolean same = Arrays.equals(key, record.key())
                && Arrays.equals(value, record.value())
                && headers.equals(List.of(record.headers().toArray()));
        if (same) {
            headers.add(new RecordHeader("x", bytes()));
        }
        return new ProducerRecord<>(record.topic(), record.partition(), key, value, headers);
    }

    /** Random bytes under no name. */
    public ProducerRecord<byte[], byte[]> random(String topic, int partition) {
        return new ProducerRecord<>(topic, partition, dice.nextBoolean() ? null : bytes(), bytes());
    }

    private byte[] bytes() {
        byte[] bytes = new byte[dice.nextInt(dice.nextInt(MOST_RANDOM_BYTES) + 1)];
        dice.nextBytes(bytes);
        return bytes;
    }

    private byte[] damaged(byte[] value) {
        if (value == null || value.length == 0) {
            return value;
        }
        byte[] damaged = value.clone();
        damaged[dice.nextInt(damaged.length)] ^= (byte) (1 << dice.nextInt(8));
        return damaged;
    }

    private byte[] cut(byte[] value) {
        return value == null ? null : Arrays.copyOf(value, dice.nextInt(value.length + 1));
    }

    /** Of a JSON text: puts something else where a number is. */
    private byte[] withOtherNumber(byte[] value) {
        if (value == null || value.length == 0 || value[0] != '{') {
            return value;
        }
        String text = new String(value, StandardCharsets.UTF_8);
        int colon = text.indexOf(':', dice.nextInt(text.length()));
        if (colon < 0) {
            return value;
        }
        int end = colon + 1;
        while (end < text.length() && ",}]".indexOf(text.charAt(end)) < 0) {
            end++;
        }
        String other = NUMBERS.get(dice.nextInt(NUMBERS.size()));
        return (text.substring(0, colon + 1) + other + text.substring(end))
                .getBytes(StandardCharsets.UTF_8);
    }

    private void drop(List<Header> headers) {
        if (!headers.isEmpty()) {
            headers.remove(dice.nextInt(headers.size()));
        }
    }

    private void change(List<Header> headers) {
        if (headers.isEmpty()) {
            return;
        }
        int at = dice.nextInt(headers.size());
        byte[] value = switch (dice.nextInt(4)) {
            case 0 -> null;
            case 1 -> bytes();
            case 2 -> NUMBERS.get(dice.nextInt(NUMBERS.size())).getBytes(StandardCharsets.UTF_8);
            default -> damaged(headers.get(at).value());
        };
        headers.set(at, new RecordHeader(headers.get(at).key(), value));
    }
}
