package dev.plimsoll.wire.settings;

import java.util.Properties;
import java.util.SortedMap;
import java.util.TreeMap;

/** What the command line of a process of its own says, without the program {@code plimsoll}. */
public final class ProcessArguments {

    private static final String PROPERTY = "plimsoll.";

    private ProcessArguments() {}

    /**
     * The values of {@code --name=value} and {@code --flag} by name, and for names that are not
     * among them those of {@code -Dplimsoll.name=value}. Throws {@link SettingProblem} for an
     * argument of another form; names are not checked.
     */
    public static SortedMap<String, String> read(Properties properties, String... arguments) {
        SortedMap<String, String> values = new TreeMap<>();
        for (String name : properties.stringPropertyNames()) {
            if (name.startsWith(PROPERTY)) {
                values.put(name.substring(PROPERTY.length()), properties.getProperty(name));
            }
        }
        for (String argument : arguments) {
            if (!argument.startsWith("--")) {
                throw SettingProblem.ofUsage("argument '" + argument
                        + "' is not understood; settings are given as --name=value");
            }
            int equals = argument.indexOf('=');
            if (equals < 0) {
                values.put(argument.substring(2), "true");
            } else {
                values.put(argument.substring(2, equals), argument.substring(equals + 1));
            }
        }
        return values;
    }
}
