package dev.plimsoll.model.peft;

import com.fasterxml.jackson.databind.ObjectMapper;

import dev.plimsoll.model.files.GivenFile;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.wire.codec.Json;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The name by which whoever loads an adapter finds its base model. */
public final class BaseModelName {

    /** As the Hub names a model. */
    private static final Pattern OWNER_AND_NAME =
            Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*");

    /** Where the Hub's cache keeps the files of owner/name. */
    private static final Pattern CACHED =
            Pattern.compile("models--([A-Za-z0-9._-]+?)--([A-Za-z0-9._-]+)/snapshots/[^/]+");

    private static final ObjectMapper JSON = Json.mapper();

    private BaseModelName() {}

    /**
     * The name that the run was given; else owner/name, if the model's config.json or its place in
     * the Hub's cache tells it; else the absolute path.
     *
     * @param runsName as the run names its model: if nobody gave it a name, that of the directory
     * @param model the directory here
     */
    public static String of(String runsName, Path model) {
        Path place = model.toAbsolutePath().normalize();
        if (!runsName.equals(place.getFileName().toString())) {
            return runsName;
        }
        return cached(place).or(() -> configured(place)).orElse(place.toString());
    }

    private static Optional<String> cached(Path model) {
        Matcher matcher = CACHED.matcher(model.toString().replace('\\', '/'));
        return matcher.find()
                ? Optional.of(matcher.group(1) + "/" + matcher.group(2))
                : Optional.empty();
    }

    private static Optional<String> configured(Path model) {
        Path file = model.resolve("config.json");
        try {
            String name = JSON.readTree(GivenFile.read(file, GivenFile.CONFIG_BYTES))
                    .path("_name_or_path")
                    .asText("");
            return Optional.of(name).filter(OWNER_AND_NAME.asMatchPredicate());
        } catch (IOException e) {
            throw new ModelException(file + " cannot be read: " + e.getMessage(), e);
        }
    }
}
