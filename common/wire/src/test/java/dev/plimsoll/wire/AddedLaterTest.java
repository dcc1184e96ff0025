package dev.plimsoll.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.wire.codec.AddedLater;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.codec.WireCodec;

import org.junit.jupiter.api.Test;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** A record from before a component reads with the component's default. */
class AddedLaterTest {

    private final Set<String> tried = new TreeSet<>();
    private WireCodec<Object> codec;
    private Object value;

    @Test
    void everyRecordReadsWithoutEachComponentThatWasAddedLater() throws JsonProcessingException {
        for (Object sample : WireSamples.all()) {
            value = sample;
            codec = GoldenWireTest.codecOf(sample);
            JsonNode root = Json.mapper().readTree(codec.toJson(sample));
            walk(sample.getClass(), root, root);
        }
        assertThat(tried)
                .contains(
                        "MemoryPlan.attentionGroups",
                        "MemoryPlan.offloadLayers",
                        "ShardManifest.restored");
    }

    @Test
    void aComponentThatARecordAlwaysHadIsNotMadeUp() throws JsonProcessingException {
        for (Object sample : WireSamples.all()) {
            codec = GoldenWireTest.codecOf(sample);
            for (RecordComponent component : sample.getClass().getRecordComponents()) {
                ObjectNode json = (ObjectNode) Json.mapper().readTree(codec.toJson(sample));
                json.remove(component.getName());
                if (!component.isAnnotationPresent(AddedLater.class)) {
                    assertThat(codec.decode(
                                    GoldenWireTest.received(codec.ceType(sample), json.toString())))
                            .as("%s without %s", sample, component.getName())
                            .isInstanceOf(Decoded.Malformed.class);
                }
            }
        }
    }

    private void walk(Type type, JsonNode node, JsonNode root) throws JsonProcessingException {
        if (node == null || node.isNull()) {
            return;
        }
        if (type instanceof ParameterizedType generic
                && generic.getRawType() instanceof Class<?> raw) {
            Type inner = generic.getActualTypeArguments()[0];
            if (Collection.class.isAssignableFrom(raw)) {
                for (JsonNode element : node) {
                    walk(inner, element, root);
                }
            } else if (raw == Optional.class) {
                walk(inner, node, root);
            }
        } else if (type instanceof Class<?> record && record.isRecord() && node.isObject()) {
            for (RecordComponent component : record.getRecordComponents()) {
                walk(component.getGenericType(), node.get(component.getName()), root);
                if (component.isAnnotationPresent(AddedLater.class)) {
                    tryWithout(component, (ObjectNode) node, root);
                }
            }
        }
    }

    private void tryWithout(RecordComponent component, ObjectNode node, JsonNode root)
            throws JsonProcessingException {
        String name = component.getName();
        JsonNode kept = node.remove(name);
        Decoded<Object> decoded =
                codec.decode(GoldenWireTest.received(codec.ceType(value), root.toString()));
        assertThat(decoded).as("%s without %s", value, name).isInstanceOf(Decoded.Ok.class);
        JsonNode meant =
                Json.mapper().readTree(component.getAnnotation(AddedLater.class).value());
        if (!meant.isNull()) {
            node.set(name, meant);
        }
        // compared as values: some defaults are not written
        assertThat(((Decoded.Ok<Object>) decoded).value())
                .isEqualTo(codec.fromJson(root.toString()));
        if (kept == null) {
            node.remove(name);
        } else {
            node.set(name, kept);
        }
        tried.add(component.getDeclaringRecord().getSimpleName() + "." + name);
    }
}
