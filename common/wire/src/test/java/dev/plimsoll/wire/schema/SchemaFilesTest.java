package dev.plimsoll.wire.schema;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;

import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.WireSamples;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.codec.WireCodec;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The schemas that lie in the tree, and are served by a coordinator, are those of the records.
 * After a change that is meant, {@code -Dsurefire.jvm=-Dschemas.write=true} writes them anew.
 */
class SchemaFilesTest {

    private static final Path DIRECTORY = Path.of("src/main/resources/META-INF/resources/schemas");
    private static final String ASYNC_API = "asyncapi.json";

    private static final JsonSchemaFactory FACTORY =
            JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012);

    private static SortedMap<String, ObjectNode> schemas;

    @BeforeAll
    static void make() throws IOException {
        schemas = new RecordSchemas().all();
        if (Boolean.getBoolean("schemas.write")) {
            Files.createDirectories(DIRECTORY);
            try (Stream<Path> old = Files.list(DIRECTORY)) {
                for (Path file : old.toList()) {
                    Files.delete(file);
                }
            }
            for (var schema : files().entrySet()) {
                Files.writeString(DIRECTORY.resolve(schema.getKey()), schema.getValue());
            }
        }
    }

    private static SortedMap<String, String> files() {
        SortedMap<String, String> files = new TreeMap<>();
        schemas.forEach(
                (type, schema) -> files.put(type + ".json", schema.toPrettyString() + "\n"));
        files.put(ASYNC_API, new AsyncApi().document().toPrettyString() + "\n");
        return files;
    }

    @Test
    void theFilesSayWhatTheRecordsSay() throws IOException {
        SortedMap<String, String> lying = new TreeMap<>();
        try (Stream<Path> all = Files.list(DIRECTORY)) {
            for (Path file : all.toList()) {
                lying.put(file.getFileName().toString(), Files.readString(file));
            }
        }
        assertThat(lying)
                .as("run this test with -Dsurefire.jvm=-Dschemas.write=true to write them anew")
                .isEqualTo(files());
    }

    static List<Object> everyRecord() {
        return WireSamples.all();
    }

    @ParameterizedTest
    @MethodSource("everyRecord")
    void aRecordIsOfItsSchema(Object value) throws IOException {
        WireCodec<Object> codec = codecOf(value);
        String type = codec.ceType(value);
        JsonNode json = Json.mapper().readTree(codec.toJson(value));
        JsonSchema schema = FACTORY.getSchema(schemas.get(type));
        assertThat(schema.validate(json)).as(json.toString()).isEmpty();
        for (JsonNode name : schemas.get(type).path("required")) {
            ObjectNode without = json.deepCopy();
            without.remove(name.asText());
            assertThat(schema.validate(without)).as("without %s", name).isNotEmpty();
        }
    }

    @SuppressWarnings("unchecked")
    private static WireCodec<Object> codecOf(Object value) {
        return (WireCodec<Object>) Wire.families().entrySet().stream()
                .filter(family -> family.getKey().isInstance(value))
                .findFirst()
                .orElseThrow()
                .getValue();
    }

    /** Old ones too. */
    @Test
    void everyGoldenFileIsOfItsSchema() throws IOException {
        int seen = 0;
        try (Stream<Path> files = Files.list(Path.of("src/test/resources/golden"))) {
            for (Path file : files.filter(is -> is.toString().endsWith(".json")).toList()) {
                String type = file.getFileName().toString().replaceFirst("(\\+.*)?\\.json$", "");
                ObjectNode schema = schemas.get(type);
                if (schema != null) {
                    JsonNode json = Json.mapper().readTree(file.toFile());
                    assertThat(FACTORY.getSchema(schema).validate(json))
                            .as(file.toString())
                            .isEmpty();
                    seen++;
                }
            }
        }
        assertThat(seen).isGreaterThan(100);
    }

    @Test
    void theDocumentNamesEveryTopicAndNothingThatIsNotThere() {
        JsonNode document = new AsyncApi().document();
        List<String> topics = new ArrayList<>();
        new Topics("p").specs(1, 2).forEach(topic -> topics.add(topic.name().substring(2)));
        List<String> channels = new ArrayList<>();
        document.path("channels").fieldNames().forEachRemaining(channels::add);
        assertThat(channels).containsExactlyInAnyOrderElementsOf(topics);
        document.findValuesAsText("$ref").forEach(reference -> {
            if (reference.startsWith("#")) {
                assertThat(document.at(reference.substring(1)).isMissingNode())
                        .as(reference)
                        .isFalse();
            } else {
                assertThat(files()).containsKey(reference.substring(2));
            }
        });
        assertThat(document.path("operations").has("producer-send-samples")).isTrue();
        assertThat(document.path("operations").has("viewer-receive-steps")).isTrue();
        assertThat(document.path("operations").has("viewer-receive-samples")).isFalse();
    }
}
