package dev.plimsoll.model.files;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.wire.codec.Json;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A report as one JSON object in a file that the user named. It replaces an earlier report, an
 * empty file or nothing; any other file, a directory, a device or a symbolic link is left as it is.
 *
 * @param path where it is to lie
 * @param fields the names of the object's fields; a file without our field {@code writtenBy}, which
 *     earlier versions wrote, is ours when it has exactly these
 */
public record OwnReport(Path path, Set<String> fields) {

    private static final String WRITTEN_BY = "writtenBy";
    private static final String WRITER = "plimsoll";
    private static final ObjectMapper JSON = Json.mapper();

    public OwnReport {
        path = path.toAbsolutePath().normalize();
        fields = Set.copyOf(fields);
    }

    /** @param report the type of what is written; its components are the object's fields */
    public static OwnReport of(Path path, Class<? extends Record> report) {
        return new OwnReport(
                path,
                Arrays.stream(report.getRecordComponents())
                        .map(RecordComponent::getName)
                        .collect(Collectors.toSet()));
    }

    /**
     * Throws {@link ForeignFileException} if something lies there that must not be replaced. Call
     * it before long work; {@link #write} checks again.
     */
    public void requireReplaceable() {
        if (!Files.exists(path, NOFOLLOW_LINKS)) {
            NewPlace.requirePossible(path);
            return;
        }
        if (!Files.isRegularFile(path, NOFOLLOW_LINKS)) {
            throw foreign("is not a regular file");
        }
        try {
            if (Files.size(path) > 0 && !isOurs()) {
                throw foreign("is not an earlier report");
            }
        } catch (IOException e) {
            throw foreign("cannot be read (" + e.getMessage() + ")");
        }
    }

    private ForeignFileException foreign(String what) {
        return new ForeignFileException(NewPlace.shown(path) + " " + what
                + ", so it is left as it is; give the path of a file that does not exist yet, or of"
                + " an earlier report");
    }

    private boolean isOurs() throws IOException {
        try {
            JsonNode text = JSON.readTree(GivenFile.read(path, GivenFile.CONFIG_BYTES));
            if (!text.isObject()) {
                return false;
            }
            TreeSet<String> names = new TreeSet<>();
            text.fieldNames().forEachRemaining(names::add);
            return text.path(WRITTEN_BY).asText().equals(WRITER) || names.equals(fields);
        } catch (JsonProcessingException e) {
            return false;
        }
    }

    /** Writes the object, with the field {@code writtenBy} before its own, in one move. */
    public void write(Object report) {
        requireReplaceable();
        ObjectNode object = JSON.createObjectNode().put(WRITTEN_BY, WRITER);
        object.setAll((ObjectNode) JSON.valueToTree(report));
        try {
            Files.createDirectories(path.getParent());
            WholeFile.write(path, object.toPrettyString());
        } catch (IOException e) {
            throw new UncheckedIOException("the report could not be written to " + path, e);
        }
    }
}
