package dev.plimsoll.wire.settings;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How the values of a setting are written, and which of them are allowed.
 *
 * @param label stands for the value in help texts, e.g. N
 * @param range what may be given, in words that follow "give"
 * @param reader reads a text; throws IllegalArgumentException or ArithmeticException when it cannot
 * @param allowed whether a value that could be read lies in the range
 * @param writer the text that {@code reader} reads as the same value
 */
public record ValueType<T>(
        String label,
        String range,
        Function<String, T> reader,
        Predicate<T> allowed,
        Function<T, String> writer) {

    /** True or false, also written yes, on and 1, or no, off and 0, in any case. */
    static final ValueType<Boolean> FLAG = new ValueType<>(
            "BOOLEAN", "true or false", ValueType::readFlag, value -> true, String::valueOf);

    private static final Pattern TIME = Pattern.compile("(\\d+)\\s*(ms|s|m|h|d)?");

    static ValueType<Integer> integer(int least, int most) {
        return new ValueType<>(
                "N",
                wholeNumbers(least, most, Integer.MAX_VALUE),
                text -> Integer.valueOf(text.strip()),
                value -> value >= least && value <= most,
                String::valueOf);
    }

    static ValueType<Long> wholeNumber(long least, long most) {
        return new ValueType<>(
                "N",
                wholeNumbers(least, most, Long.MAX_VALUE),
                text -> Long.valueOf(text.strip()),
                value -> value >= least && value <= most,
                String::valueOf);
    }

    private static String wholeNumbers(long least, long most, long unbounded) {
        if (least == Long.MIN_VALUE) {
            return "a whole number";
        }
        return most == unbounded
                ? "a whole number of at least " + least
                : "a whole number from " + least + " to " + most;
    }

    static ValueType<Double> number(double least, double most) {
        return new ValueType<>(
                "X",
                most == Double.MAX_VALUE
                        ? "a number of at least " + plain(least)
                        : "a number from " + plain(least) + " to " + plain(most),
                text -> Double.valueOf(text.strip()),
                value -> value >= least && value <= most,
                String::valueOf);
    }

    static ValueType<Double> numberBelow(double least, double below) {
        return new ValueType<>(
                "X",
                "a number of at least " + plain(least) + " and below " + plain(below),
                text -> Double.valueOf(text.strip()),
                value -> value >= least && value < below,
                String::valueOf);
    }

    static ValueType<Double> positiveNumber() {
        return new ValueType<>(
                "X",
                "a number greater than 0",
                text -> Double.valueOf(text.strip()),
                value -> value > 0 && Double.isFinite(value),
                String::valueOf);
    }

    static ValueType<Double> positiveNumber(double most) {
        return new ValueType<>(
                "X",
                "a number greater than 0 and at most " + plain(most),
                text -> Double.valueOf(text.strip()),
                value -> value > 0 && value <= most,
                String::valueOf);
    }

    private static boolean readFlag(String text) {
        return switch (text.strip().toLowerCase(Locale.ROOT)) {
            case "true", "yes", "on", "1" -> true;
            case "false", "no", "off", "0" -> false;
            default -> throw new IllegalArgumentException(text);
        };
    }

    public static ValueType<Duration> time(Duration least) {
        return new ValueType<>(
                "TIME",
                "a time of at least " + writeTime(least) + ", such as 500ms, 30s or 5m",
                ValueType::readTime,
                value -> value.compareTo(least) >= 0,
                ValueType::writeTime);
    }

    /** 30s, 500ms, 2m, 1h, 1d; a bare number is in seconds; ISO 8601's PT30S too. */
    private static Duration readTime(String text) {
        Matcher matcher = TIME.matcher(text.strip());
        if (!matcher.matches()) {
            return Duration.parse(text.strip());
        }
        long count = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            case "d" -> Duration.ofDays(count);
            case null, default -> Duration.ofSeconds(count);
        };
    }

    private static String writeTime(Duration time) {
        if (time.toNanosPart() % 1_000_000 != 0 || time.isNegative()) {
            return time.toString();
        }
        return time.toMillisPart() == 0 ? time.toSeconds() + "s" : time.toMillis() + "ms";
    }

    static ValueType<String> text(String label, String pattern, String range) {
        return new ValueType<>(
                label, range, String::strip, value -> value.matches(pattern), value -> value);
    }

    static ValueType<Path> path(String label, String range) {
        return new ValueType<>(
                label,
                range,
                text -> Path.of(text.strip()),
                value -> !value.toString().isEmpty(),
                Path::toString);
    }

    /** One of these words, written in any case. */
    static ValueType<String> choice(List<String> words) {
        return new ValueType<>(
                "NAME",
                "one of " + String.join(", ", words),
                text -> text.strip().toLowerCase(Locale.ROOT),
                words::contains,
                value -> value);
    }

    /** At least one of these words, with commas between them. */
    static ValueType<List<String>> choices(List<String> words) {
        return new ValueType<>(
                "NAMES",
                "some of " + String.join(", ", words) + ", with commas between them",
                ValueType::split,
                values -> !values.isEmpty() && words.containsAll(values),
                values -> String.join(",", values));
    }

    /** Names and addresses of hosts without ports, with commas between them. */
    static ValueType<List<String>> hosts() {
        return new ValueType<>(
                "NAMES",
                "names or addresses of this machine without ports, with commas between them",
                ValueType::split,
                values -> !values.isEmpty()
                        && values.stream()
                                .allMatch(value -> value.matches("[a-z0-9._-]+|\\[?[0-9a-f:.]+]?")),
                values -> String.join(",", values));
    }

    /** Whole numbers with commas between them; may be empty. */
    static ValueType<List<Integer>> integers(int least, int most) {
        return new ValueType<>(
                "NUMBERS",
                "whole numbers from " + least + " to " + most + ", with commas between them",
                text -> split(text).stream().map(Integer::valueOf).toList(),
                values -> !values.isEmpty()
                        && values.stream().allMatch(value -> value >= least && value <= most),
                values -> String.join(",", values.stream().map(String::valueOf).toList()));
    }

    /** Whole numbers with commas between them, none of them twice; at least one of them. */
    static ValueType<List<Integer>> integersOnce(int least, int most, int count) {
        ValueType<List<Integer>> any = integers(least, most);
        return new ValueType<>(
                any.label(),
                "up to " + count + " " + any.range() + ", and none of them twice",
                any.reader(),
                values -> any.allowed().test(values)
                        && values.size() <= count
                        && values.stream().distinct().count() == values.size(),
                any.writer());
    }

    private static List<String> split(String text) {
        return Arrays.stream(text.split(",", -1))
                .map(word -> word.strip().toLowerCase(Locale.ROOT))
                .filter(word -> !word.isEmpty())
                .toList();
    }

    private static String plain(double value) {
        BigDecimal exact = BigDecimal.valueOf(value).stripTrailingZeros();
        return value == 0 || value >= 1e-6
                ? exact.toPlainString()
                : exact.toString().toLowerCase(Locale.ROOT);
    }
}
