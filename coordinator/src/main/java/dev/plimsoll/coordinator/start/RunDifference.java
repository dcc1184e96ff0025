package dev.plimsoll.coordinator.start;

import com.fasterxml.jackson.databind.JsonNode;

import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.settings.Catalogue;
import dev.plimsoll.wire.settings.Setting;

import java.util.Optional;
import java.util.StringJoiner;

/** Compares the settings asked for with those a run was created with. */
final class RunDifference {

    private RunDifference() {}

    /**
     * One sentence that names the first differing setting, both values and the remedy; empty when
     * all agree.
     */
    static Optional<String> between(RunSettings asked, RunSettings existing) {
        JsonNode wanted = Json.mapper().valueToTree(asked);
        JsonNode found = Json.mapper().valueToTree(existing);
        return Catalogue.FIXED_AT_CREATION.stream()
                .filter(setting -> !at(setting, wanted).equals(at(setting, found)))
                .map(setting -> "run " + existing.runId() + " was created with " + setting.name()
                        + " " + shown(setting, found) + ", and now it is "
                        + shown(setting, wanted)
                        + "; give the old value back, or start another run with another prefix")
                .findFirst();
    }

    private static JsonNode at(Setting<?> setting, JsonNode run) {
        return run.at("/" + setting.wirePath());
    }

    private static String shown(Setting<?> setting, JsonNode run) {
        JsonNode value = at(setting, run);
        if (value.isTextual() && value.asText().isEmpty()) {
            return "left out";
        }
        if (!value.isArray()) {
            return setting.canonical(value.asText());
        }
        StringJoiner joined = new StringJoiner(",");
        value.forEach(part -> joined.add(part.asText()));
        return setting.canonical(joined.toString());
    }
}
