package dev.plimsoll.cli.fleetmodel;

import com.fasterxml.jackson.databind.JsonNode;

import dev.plimsoll.wire.codec.Json;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The figures of one kind of machine, each with where it comes from. As a file it is one JSON
 * object: {@code {"gradientBytes": {"value": 84e6, "from": "…"}, …}}. What a file leaves out has
 * the default.
 */
record Calibration(Map<Parameter, Figure> figures) {

    /** @param from where and how it was measured */
    record Figure(double value, String from) {}

    Calibration {
        Map<Parameter, Figure> all = new EnumMap<>(Parameter.class);
        for (Parameter parameter : Parameter.values()) {
            Figure figure = figures.getOrDefault(
                    parameter, new Figure(parameter.defaultValue(), parameter.defaultFrom()));
            if (!(figure.value() >= 0) || Double.isInfinite(figure.value())) {
                throw new IllegalArgumentException(
                        parameter.field() + " is " + figure.value() + "; give a number from 0 on");
            }
            all.put(parameter, figure);
        }
        figures = all;
    }

    static Calibration defaults() {
        return new Calibration(Map.of());
    }

    double of(Parameter parameter) {
        return figures.get(parameter).value();
    }

    Calibration with(Parameter parameter, double value, String from) {
        Map<Parameter, Figure> changed = new EnumMap<>(figures);
        changed.put(parameter, new Figure(value, from));
        return new Calibration(changed);
    }

    /** Throws IllegalArgumentException, with a sentence, for a file that is no calibration. */
    static Calibration read(Path file) throws IOException {
        JsonNode json = Json.mapper().readTree(file.toFile());
        Map<Parameter, Figure> figures = new EnumMap<>(Parameter.class);
        for (Iterator<String> names = json.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            Parameter parameter = named(name)
                    .orElseThrow(() -> new IllegalArgumentException("there is no figure '" + name
                            + "'; there are " + String.join(", ", fields())));
            JsonNode figure = json.get(name);
            if (!figure.path("value").isNumber() || figure.path("from").asText().isBlank()) {
                throw new IllegalArgumentException(
                        "'" + name + "' needs a number 'value', and 'from': where it was measured");
            }
            figures.put(
                    parameter,
                    new Figure(
                            figure.get("value").asDouble(), figure.get("from").asText()));
        }
        return new Calibration(figures);
    }

    /** As a file has it, with what each figure means. */
    Map<String, Map<String, Object>> named() {
        Map<String, Map<String, Object>> named = new LinkedHashMap<>();
        figures.forEach((parameter, figure) -> {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("value", figure.value());
            entry.put("meaning", parameter.meaning());
            entry.put("from", figure.from());
            named.put(parameter.field(), entry);
        });
        return named;
    }

    private static Optional<Parameter> named(String field) {
        return Arrays.stream(Parameter.values())
                .filter(parameter -> parameter.field().equals(field))
                .findFirst();
    }

    private static Iterable<String> fields() {
        return Arrays.stream(Parameter.values()).map(Parameter::field).toList();
    }
}
