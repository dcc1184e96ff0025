package dev.plimsoll.wire.schema;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.victools.jsonschema.generator.FieldScope;
import com.github.victools.jsonschema.generator.Option;
import com.github.victools.jsonschema.generator.OptionPreset;
import com.github.victools.jsonschema.generator.SchemaGenerator;
import com.github.victools.jsonschema.generator.SchemaGeneratorConfigBuilder;
import com.github.victools.jsonschema.generator.SchemaVersion;
import com.github.victools.jsonschema.module.jackson.JacksonModule;
import com.github.victools.jsonschema.module.jackson.JacksonOption;

import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.AddedLater;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.codec.WireName;

import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** A JSON Schema of each record that crosses Kafka as JSON, made of the records themselves. */
final class RecordSchemas {

    private static final String TYPE = "type";

    private final SchemaGenerator generator = generator();

    private static SchemaGenerator generator() {
        SchemaGeneratorConfigBuilder config = new SchemaGeneratorConfigBuilder(
                        Json.mapper(), SchemaVersion.DRAFT_2020_12, OptionPreset.PLAIN_JSON)
                .with(Option.FLATTENED_OPTIONALS)
                .with(Option.MAP_VALUES_AS_ADDITIONAL_PROPERTIES)
                .with(new JacksonModule(JacksonOption.FLATTENED_ENUMS_FROM_JSONVALUE));
        config.forFields()
                .withRequiredCheck(RecordSchemas::isRequired)
                .withNullableCheck(field -> field.getType() != null
                        && Optional.class.equals(field.getDeclaredType().getErasedType()));
        config.forTypesInGeneral().withCustomDefinitionProvider((type, context) -> {
            if (!type.getErasedType().equals(Duration.class)) {
                return null;
            }
            ObjectNode duration = context.getGeneratorConfig()
                    .createObjectNode()
                    .put(TYPE, "string")
                    .put("format", "duration");
            return new com.github.victools.jsonschema.generator.CustomDefinition(duration);
        });
        return new SchemaGenerator(config.build());
    }

    /** Readers of records that were written before a component was added do without it. */
    private static boolean isRequired(FieldScope field) {
        Class<?> of = field.getMember().getDeclaringType().getErasedType();
        return of.isRecord()
                && Arrays.stream(of.getRecordComponents())
                        .filter(component -> component.getName().equals(field.getName()))
                        .noneMatch(component -> component.isAnnotationPresent(AddedLater.class)
                                || component.getType().equals(Optional.class));
    }

    /** By the type that the header {@code ce_type} names. */
    SortedMap<String, ObjectNode> all() {
        SortedMap<String, ObjectNode> schemas = new TreeMap<>();
        Wire.families().forEach((family, codec) -> {
            for (Map.Entry<String, Class<?>> is : codec.types().entrySet()) {
                schemas.put(is.getKey(), of(family, is.getKey(), is.getValue()));
            }
        });
        return schemas;
    }

    private ObjectNode of(Class<?> family, String ceType, Class<?> leaf) {
        ObjectNode schema = generator.generateSchema(leaf);
        schema.put("title", ceType);
        if (family.isAnnotationPresent(JsonTypeInfo.class)) {
            ((ObjectNode) schema.withObject("/properties"))
                    .putObject(TYPE)
                    .put("const", leaf.getAnnotation(WireName.class).value());
            schema.withArray("/required").add(TYPE);
        }
        return schema;
    }
}
