package dev.plimsoll.wire.settings;

import java.util.Locale;
import java.util.Optional;

/**
 * One setting: everything that help texts, documents, checks and readers say about it.
 *
 * @param name as on the command line without its dashes and as in a configuration file
 * @param fallback what holds when nobody gives a value
 * @param wirePath where the value stands in the run's record, with slashes, e.g. lora/loraRank;
 *     empty for a setting that is not fixed when the run is created
 * @param help one whole sentence, with the unit where there is one, without range and default
 */
public record Setting<T>(
        String name,
        Scope scope,
        ValueType<T> type,
        Default fallback,
        String wirePath,
        String help) {

    /** The environment variables of all settings begin so, those of Kafka's clients too. */
    public static final String PREFIX = "PLIMSOLL_";

    /** What holds when nobody gives a value. */
    public sealed interface Default {
        /** A value, as it would be given. */
        record Value(String text) implements Default {}

        /** Something that the process finds out by itself. */
        record Derived(String words) implements Default {}
    }

    public Setting {
        if (scope.fixedAtCreation() == wirePath.isEmpty()) {
            throw new IllegalArgumentException(
                    name + " has the scope " + scope + " and the wire path '" + wirePath
                            + "'; exactly the settings of a run stand in its record");
        }
    }

    /** The environment variable that gives this setting. */
    public String variable() {
        return PREFIX + name.replace('-', '_').toUpperCase(Locale.ROOT);
    }

    /** The command-line option that gives this setting. */
    public String option() {
        return "--" + name;
    }

    /** Whether naming the setting without a value means true. */
    public boolean isFlag() {
        return type.equals(ValueType.FLAG);
    }

    /** Empty where the process finds out by itself. */
    public Optional<T> defaultValue() {
        return fallback instanceof Default.Value(String text)
                ? Optional.of(parse(text))
                : Optional.empty();
    }

    /** Throws {@link SettingProblem} for a text that is no allowed value. */
    public T parse(String text) {
        T value;
        try {
            value = type.reader().apply(text);
        } catch (RuntimeException e) {
            throw problem(text, e);
        }
        if (!type.allowed().test(value)) {
            throw problem(text, null);
        }
        return value;
    }

    /** The text as this type writes its value; the text itself where it is no allowed value. */
    public String canonical(String text) {
        try {
            return type.writer().apply(parse(text));
        } catch (SettingProblem e) {
            return text;
        }
    }

    /** The value itself; throws {@link SettingProblem} when it is not allowed. */
    public T require(T value) {
        if (!type.allowed().test(value)) {
            throw problem(type.writer().apply(value), null);
        }
        return value;
    }

    private SettingProblem problem(String text, Throwable cause) {
        return new SettingProblem(name + " is '" + text + "'; give " + type.range(), cause);
    }

    /** The help with range and default, as whole sentences. */
    public String description() {
        return help + " Give " + type.range() + ". " + defaultSentence();
    }

    private String defaultSentence() {
        return switch (fallback) {
            case Default.Value(String text) -> "The default is " + text + ".";
            case Default.Derived(String words) -> "The default is " + words + ".";
        };
    }
}
