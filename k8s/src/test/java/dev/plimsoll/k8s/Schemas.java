package dev.plimsoll.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The schemas of Kubernetes, KEDA and Prometheus' operator, which refuse fields that they do not
 * know. {@code src/schemas} makes them of published models.
 */
final class Schemas {

    private static final JsonSchemaFactory FACTORY =
            JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7);
    private static final Map<String, JsonSchema> READ = new ConcurrentHashMap<>();

    private Schemas() {}

    /** What is wrong with the manifest, a line each. */
    static List<String> problems(JsonNode manifest) {
        return READ
                .computeIfAbsent(Manifests.kind(manifest), Schemas::read)
                .validate(manifest)
                .stream()
                .map(ValidationMessage::getMessage)
                .sorted()
                .toList();
    }

    private static JsonSchema read(String kind) {
        try (InputStream in = Schemas.class.getResourceAsStream("/schemas/" + kind + ".json")) {
            if (in == null) {
                throw new AssertionError("there is no schema of the kind '" + kind
                        + "'; add it to src/schemas/kinds.ts and make the schemas again");
            }
            return FACTORY.getSchema(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
