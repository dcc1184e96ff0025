package dev.plimsoll.wire.kafka;

import dev.plimsoll.wire.settings.SettingProblem;

import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.provider.DirectoryConfigProvider;
import org.apache.kafka.common.config.provider.EnvVarConfigProvider;
import org.apache.kafka.common.config.provider.FileConfigProvider;

import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Client settings of Kafka that name where their value is, so that a secret stands in one place:
 * {@code ${file:PATH:NAME}}, {@code ${dir:DIRECTORY:FILE}} and {@code ${env:VARIABLE}}, by Kafka's
 * own providers. They are read once, at the start.
 */
final class SettingReferences {

    private static final String PROVIDERS = "config.providers";
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{(file|dir|env):[^}]*}");

    private static final Map<String, Class<?>> KNOWN = Map.of(
            "file", FileConfigProvider.class,
            "dir", DirectoryConfigProvider.class,
            "env", EnvVarConfigProvider.class);

    private SettingReferences() {}

    /** Throws {@link SettingProblem} for a reference to what is not there. */
    static SortedMap<String, String> resolved(Map<String, String> given) {
        boolean any = given.containsKey(PROVIDERS)
                || given.values().stream()
                        .anyMatch(value -> REFERENCE.matcher(value).find());
        if (!any) {
            return new TreeMap<>(given);
        }
        Map<String, Object> asked = new HashMap<>(given);
        if (!given.containsKey(PROVIDERS)) {
            asked.put(PROVIDERS, String.join(",", KNOWN.keySet()));
            KNOWN.forEach((name, provider) ->
                    asked.put(PROVIDERS + "." + name + ".class", provider.getName()));
        }
        SortedMap<String, String> resolved = new TreeMap<>();
        try {
            new AbstractConfig(new ConfigDef(), asked, false)
                    .originalsStrings()
                    .forEach((name, value) -> {
                        if (!name.startsWith(PROVIDERS)) {
                            resolved.put(name, require(name, value));
                        }
                    });
        } catch (ConfigException e) {
            throw new SettingProblem(
                    "the client settings of Kafka refer to what cannot be read: " + e.getMessage(),
                    e);
        }
        return resolved;
    }

    /** Whether it says where the value is, and nothing of the value. */
    static boolean isReference(String value) {
        return REFERENCE.matcher(value).matches();
    }

    private static String require(String name, String value) {
        Matcher reference = REFERENCE.matcher(value);
        if (reference.find()) {
            throw new SettingProblem("the client setting " + name + " refers to "
                    + reference.group() + ", and there is nothing; correct the path or the name");
        }
        return value;
    }
}
