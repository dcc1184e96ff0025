package dev.plimsoll.sources.forms;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.hardwood.metadata.LogicalType;
import dev.hardwood.metadata.RepetitionType;
import dev.hardwood.row.PqInterval;
import dev.hardwood.row.PqList;
import dev.hardwood.row.PqMap;
import dev.hardwood.row.PqStruct;
import dev.hardwood.row.PqVariant;
import dev.hardwood.row.StructAccessor;
import dev.hardwood.schema.SchemaNode;
import dev.hardwood.schema.SchemaNode.GroupNode;
import dev.hardwood.schema.SchemaNode.PrimitiveNode;
import dev.plimsoll.model.samples.SampleShape;
import dev.plimsoll.sources.FieldMap;
import dev.plimsoll.sources.bytes.Utf8;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One row of a Parquet file as an object of the columns, in their order. Lists, structs and maps
 * become lists and objects; days and times their ISO text; whole numbers without a sign what they
 * are.
 *
 * <p>Text is UTF-8, or the row is broken. Old writers do not say of a column of bytes that it is
 * text: it is text if it is UTF-8. Other bytes become base64, but in a column of which training
 * reads text ({@link SampleShape#fields}) they break the row.
 */
final class ParquetRow {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /**
     * Of a struct every row has every field, so a null there says that the field lacks; but of a
     * message's text it says that there is none.
     */
    private static final Set<String> CONTENT = Set.of("content", "value");

    /** Bytes may be an id; base64 is as good a one. */
    private static final String ID = "id";

    private final FieldMap map;
    private String column = "";
    private Optional<String> noText = Optional.empty();

    /** @param map what columns of other names are called */
    ParquetRow(FieldMap map) {
        this.map = map;
    }

    /** The first column that holds bytes where text should be. */
    Optional<String> noText() {
        return noText;
    }

    ObjectNode object(StructAccessor row, GroupNode schema) {
        ObjectNode object = NODES.objectNode();
        for (int i = 0; i < row.getFieldCount(); i++) {
            column = row.getFieldName(i);
            if (row.isNull(i)) {
                object.putNull(column);
            } else {
                object.set(column, field(row, i, schema));
            }
        }
        return object;
    }

    private JsonNode field(StructAccessor row, int field, GroupNode schema) {
        SchemaNode type = schema.children().get(field);
        boolean raw = isRaw(type) && type.repetitionType() != RepetitionType.REPEATED;
        return node(raw ? row.getRawValue(field) : row.getValue(field), type);
    }

    /** Of text the library makes text whatever its bytes are; whole numbers get a sign from it. */
    private static boolean isRaw(SchemaNode type) {
        return isText(type) || isUnsigned(type);
    }

    private static boolean isText(SchemaNode type) {
        return type instanceof PrimitiveNode leaf
                && (leaf.logicalType() instanceof LogicalType.StringType
                        || leaf.logicalType() instanceof LogicalType.JsonType
                        || leaf.logicalType() instanceof LogicalType.EnumType);
    }

    private static boolean isUnsigned(SchemaNode type) {
        return type instanceof PrimitiveNode leaf
                && leaf.logicalType() instanceof LogicalType.IntType whole
                && !whole.isSigned();
    }

    private JsonNode node(Object value, SchemaNode type) {
        return switch (value) {
            case null -> NODES.nullNode();
            case String text -> NODES.textNode(text);
            case Boolean truth -> NODES.booleanNode(truth);
            case Integer number ->
                isUnsigned(type)
                        ? NODES.numberNode(Integer.toUnsignedLong(number))
                        : NODES.numberNode(number);
            case Long number ->
                isUnsigned(type)
                        ? NODES.numberNode(new BigInteger(Long.toUnsignedString(number)))
                        : NODES.numberNode(number);
            case Float number -> number(number.doubleValue(), NODES.numberNode(number));
            case Double number -> number(number, NODES.numberNode(number));
            case BigDecimal number -> NODES.numberNode(number);
            case PqStruct struct -> struct(struct, (GroupNode) type);
            case PqList list -> list(list, type);
            case PqMap entries -> map(entries, (GroupNode) type);
            case byte[] bytes -> text(bytes, isText(type));
            case PqInterval interval -> NODES.textNode(interval.toString());
            case PqVariant variant -> NODES.textNode(variant.toString());
            default -> NODES.textNode(value.toString());
        };
    }

    private ObjectNode struct(PqStruct struct, GroupNode type) {
        ObjectNode object = NODES.objectNode();
        for (int i = 0; i < struct.getFieldCount(); i++) {
            String name = struct.getFieldName(i);
            if (!struct.isNull(i)) {
                object.set(name, field(struct, i, type));
            } else if (CONTENT.contains(name)) {
                object.putNull(name);
            }
        }
        return object;
    }

    /** Of a field that is repeated without being a list its own type is the elements'. */
    private ArrayNode list(PqList list, SchemaNode type) {
        SchemaNode element =
                type instanceof GroupNode group && group.isList() ? group.getListElement() : type;
        List<Object> values = isRaw(element) ? list.rawValues() : list.values();
        ArrayNode array = NODES.arrayNode();
        values.forEach(value -> array.add(node(value, element)));
        return array;
    }

    private ObjectNode map(PqMap map, GroupNode type) {
        SchemaNode key = type.getMapKey();
        SchemaNode value = type.getMapValue();
        ObjectNode object = NODES.objectNode();
        for (PqMap.Entry entry : map.getEntries()) {
            JsonNode name = node(isRaw(key) ? entry.getRawKey() : entry.getKey(), key);
            object.set(
                    name.asText(),
                    node(isRaw(value) ? entry.getRawValue() : entry.getValue(), value));
        }
        return object;
    }

    private JsonNode text(byte[] bytes, boolean mustBe) {
        Optional<String> text = Utf8.text(bytes, 0, bytes.length);
        if (text.isEmpty() && (mustBe || isTrained())) {
            noText = noText.or(() -> Optional.of(column));
        }
        return NODES.textNode(text.orElseGet(() -> Base64.getEncoder().encodeToString(bytes)));
    }

    private boolean isTrained() {
        String field = map.nameOf(column);
        return !field.equals(ID) && SampleShape.fields().contains(field);
    }

    /** JSON has no number for what is not finite. */
    private static JsonNode number(double value, JsonNode node) {
        return Double.isFinite(value) ? node : NODES.nullNode();
    }
}
