package dev.plimsoll.wire.schema;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.access.Access;
import dev.plimsoll.wire.access.Grant;
import dev.plimsoll.wire.access.Operation;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.codec.WireCodec;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * The run's topics as an AsyncAPI 3 document: what is in each, and which party sends or receives
 * it.
 */
final class AsyncApi {

    private static final String PREFIX = "plimsoll";
    private static final String OCTETS = "application/octet-stream";
    private static final String JSON = "application/json";

    private final Topics topics = new Topics(PREFIX);
    private final ObjectNode document = Json.mapper().createObjectNode();

    /** The families of each topic that has JSON records of the run's own processes. */
    private Map<String, List<WireCodec<?>>> families() {
        Map<String, List<WireCodec<?>>> families = new LinkedHashMap<>();
        families.put(topics.rejected(), List.of(Wire.REJECTED));
        families.put(topics.commands(), List.of(Wire.COMMANDS));
        families.put(topics.reports(), List.of(Wire.REPORTS));
        families.put(topics.telemetry(), List.of(Wire.TELEMETRY));
        families.put(topics.journal(), List.of(Wire.JOURNAL));
        families.put(topics.control(), List.of(Wire.CONTROL));
        families.put(topics.steps(), List.of(Wire.STEPS));
        families.put(topics.evaluations(), List.of(Wire.EVALUATIONS));
        families.put(topics.adapter(), List.of(Wire.SHARD_MANIFESTS, Wire.CONTRIBUTION_MANIFESTS));
        return families;
    }

    ObjectNode document() {
        document.put("asyncapi", "3.0.0");
        document.putObject("info")
                .put("title", "Plimsoll")
                .put("version", "1")
                .put(
                        "description",
                        "The topics of one run, under its prefix. Records have CloudEvents "
                                + "headers; ce_type names the message. Read with isolation.level "
                                + "read_committed. Others may write to samples, and operators to "
                                + "control; what they write elsewhere is passed over.");
        document.put("defaultContentType", JSON);
        document.putObject("channels");
        document.putObject("operations");
        document.putObject("components").putObject("messages");
        for (Topics.Spec topic : topics.specs(1, 2)) {
            channel(topic);
        }
        Access.of(topics)
                .forEach((party, grants) -> grants.stream()
                        .filter(grant -> grant.kind() == Grant.Kind.TOPIC && !grant.prefixed())
                        .forEach(grant -> {
                            operation(party.title(), grant, Operation.WRITE, "send");
                            operation(party.title(), grant, Operation.READ, "receive");
                        }));
        return document;
    }

    private static String id(String topic) {
        return topic.substring(PREFIX.length() + 1);
    }

    private void channel(Topics.Spec topic) {
        String id = id(topic.name());
        ObjectNode channel = document.withObject("/channels").putObject(id);
        channel.put("address", "{prefix}." + id);
        channel.putObject("parameters")
                .putObject("prefix")
                .put("default", PREFIX)
                .put("description", "The run's prefix, the setting of that name.");
        ObjectNode messages = channel.putObject("messages");
        families()
                .getOrDefault(topic.name(), List.of())
                .forEach(codec -> new TreeSet<>(codec.types().keySet())
                        .forEach(type -> message(messages, type, JSON, "./" + type + ".json")));
        if (topic.name().equals(topics.samples())) {
            message(messages, "plimsoll.sample.v1", JSON, null);
        } else if (topic.name().equals(topics.tokenized())) {
            message(messages, "plimsoll.tokenized.v1", OCTETS, null);
        } else if (topic.name().equals(topics.parked())) {
            message(messages, "parked", OCTETS, null);
        } else if (messages.isEmpty() || topic.name().equals(topics.adapter())) {
            message(messages, "plimsoll.tensor-chunk.v1", OCTETS, null);
        }
    }

    private void message(ObjectNode messages, String type, String content, String schema) {
        String key = type.replace('.', '-');
        messages.putObject(key).put("$ref", "#/components/messages/" + key);
        ObjectNode message = document.withObject("/components/messages").putObject(key);
        message.put("name", type).put("contentType", content);
        ObjectNode headers = message.putObject("headers").put("type", "object");
        headers.withObject("/properties").putObject("ce_type").put("const", type);
        if (schema != null) {
            message.putObject("payload")
                    .put("schemaFormat", "application/schema+json;version=draft-2020-12")
                    .putObject("schema")
                    .put("$ref", schema);
        }
    }

    private void operation(String party, Grant grant, Operation of, String action) {
        String id = grant.name().startsWith(PREFIX + ".") ? id(grant.name()) : "";
        if (!grant.operations().contains(of) || !document.at("/channels").has(id)) {
            return;
        }
        ObjectNode operation = document.withObject("/operations")
                .putObject(party + "-" + action + "-" + id.replace('.', '-'));
        operation.put("action", action);
        operation.putObject("channel").put("$ref", "#/channels/" + id);
        ArrayNode tags = operation.putArray("tags");
        tags.addObject().put("name", party);
    }
}
