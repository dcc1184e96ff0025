package dev.plimsoll.sources.forms;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.hardwood.metadata.ColumnChunk;
import dev.hardwood.metadata.CompressionCodec;
import dev.hardwood.metadata.FileMetaData;
import dev.hardwood.metadata.RowGroup;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import dev.hardwood.row.PqInterval;
import dev.hardwood.row.PqList;
import dev.hardwood.row.PqMap;
import dev.hardwood.row.PqStruct;
import dev.hardwood.row.PqVariant;
import dev.hardwood.row.StructAccessor;
import dev.plimsoll.sources.Place;
import dev.plimsoll.sources.SourceItem;
import dev.plimsoll.sources.SourceOptions;
import dev.plimsoll.sources.bytes.UnreadableFileException;
import dev.plimsoll.sources.bytes.Utf8;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Rows of a Parquet file as records: an object of the columns, in their order. Lists, structs and
 * maps become lists and objects; days and times their ISO text; bytes that are no text base64.
 */
public final class ParquetItems implements Items {

    /** The library tells its choice of decompressors; the field keeps the level from being lost. */
    private static final Logger LIBRARY = Logger.getLogger("dev.hardwood");

    static {
        LIBRARY.setLevel(Level.WARNING);
    }

    private static final String AGAIN =
            "fetch the file again: it may be cut short; or write its rows"
                    + " as JSON lines, or with another compression";

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /**
     * Of a struct every row has every field, so a null there says that the field lacks; but of a
     * message's text it says that there is none.
     */
    private static final Set<String> CONTENT = Set.of("content", "value");

    private final ParquetFileReader reader;
    private final RowReader rows;
    private final String file;
    private final SourceOptions options;
    private long number;

    private ParquetItems(
            ParquetFileReader reader, RowReader rows, String file, SourceOptions options) {
        this.reader = reader;
        this.rows = rows;
        this.file = file;
        this.options = options;
    }

    public static ParquetItems open(Path path, String file, SourceOptions options)
            throws IOException {
        ParquetFileReader reader = null;
        CopiedFile bytes = new CopiedFile(path);
        try {
            bytes.open();
            if (!bytes.isComplete()) {
                throw new UnreadableFileException(
                        "it begins as a Parquet file and does not end as one (with PAR1)", AGAIN);
            }
            reader = ParquetFileReader.open(bytes);
            requireNoBrotli(reader.getFileMetaData());
            requireWithin(reader.getFileMetaData(), bytes.length());
            return new ParquetItems(reader, reader.rowReader(), file, options);
        } catch (UnreadableFileException e) {
            if (reader != null) {
                reader.close();
            }
            bytes.close();
            throw e;
        } catch (IOException | RuntimeException e) {
            if (reader != null) {
                reader.close();
            }
            bytes.close();
            throw broken(e, 0);
        }
    }

    @Override
    public Optional<SourceItem> next() throws IOException {
        try {
            if (!rows.hasNext()) {
                return Optional.empty();
            }
            rows.next();
            Place place = new Place(file, Place.Kind.ROW, ++number);
            return Optional.of(Objects.item(place, object(rows, false), options));
        } catch (RuntimeException e) {
            throw broken(e, number);
        }
    }

    @Override
    public void close() throws IOException {
        rows.close();
        reader.close();
    }

    /** The only decoders for it are native ones. */
    private static void requireNoBrotli(FileMetaData file) throws UnreadableFileException {
        for (RowGroup group : file.rowGroups()) {
            for (ColumnChunk column : group.columns()) {
                if (column.metaData().codec() == CompressionCodec.BROTLI) {
                    throw new UnreadableFileException(
                            "it is Parquet compressed with Brotli, which is not read",
                            "write it again with another compression, zstd or snappy for example");
                }
            }
        }
    }

    /** The library would look for the pages of a column beyond the end for ever. */
    private static void requireWithin(FileMetaData file, long length)
            throws UnreadableFileException {
        for (RowGroup group : file.rowGroups()) {
            for (ColumnChunk column : group.columns()) {
                long from = column.chunkStartOffset();
                long bytes = column.metaData().totalCompressedSize();
                if (from < 0 || bytes < 0 || from > length || bytes > length - from) {
                    throw new UnreadableFileException(
                            "it is Parquet that places a column at bytes " + from + " and " + bytes
                                    + " on, in a file of " + length,
                            AGAIN);
                }
            }
        }
    }

    private static UnreadableFileException broken(Exception e, long rowsBefore) {
        String after = rowsBefore == 0 ? "" : " after row " + rowsBefore;
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String detail = root.getMessage() == null ? "" : " (" + root.getMessage() + ")";
        return new UnreadableFileException("it cannot be read as Parquet" + after + detail, AGAIN);
    }

    private static ObjectNode object(StructAccessor row, boolean nested) {
        ObjectNode object = NODES.objectNode();
        for (int i = 0; i < row.getFieldCount(); i++) {
            String name = row.getFieldName(i);
            if (!row.isNull(i)) {
                object.set(name, node(row.getValue(i)));
            } else if (!nested || CONTENT.contains(name)) {
                object.putNull(name);
            }
        }
        return object;
    }

    private static JsonNode node(Object value) {
        return switch (value) {
            case null -> NODES.nullNode();
            case String text -> NODES.textNode(text);
            case Boolean truth -> NODES.booleanNode(truth);
            case Integer number -> NODES.numberNode(number);
            case Long number -> NODES.numberNode(number);
            case Float number -> number(number.doubleValue(), NODES.numberNode(number));
            case Double number -> number(number, NODES.numberNode(number));
            case BigDecimal number -> NODES.numberNode(number);
            case PqStruct struct -> object(struct, true);
            case PqList list -> {
                var array = NODES.arrayNode();
                list.values().forEach(element -> array.add(node(element)));
                yield array;
            }
            case PqMap map -> {
                ObjectNode object = NODES.objectNode();
                map.getEntries()
                        .forEach(entry ->
                                object.set(String.valueOf(entry.getKey()), node(entry.getValue())));
                yield object;
            }
            case byte[] bytes ->
                NODES.textNode(Utf8.text(bytes, 0, bytes.length)
                        .orElseGet(() -> Base64.getEncoder().encodeToString(bytes)));
            case PqInterval interval -> NODES.textNode(interval.toString());
            case PqVariant variant -> NODES.textNode(variant.toString());
            default -> NODES.textNode(value.toString());
        };
    }

    /** JSON has no number for what is not finite. */
    private static JsonNode number(double value, JsonNode node) {
        return Double.isFinite(value) ? node : NODES.nullNode();
    }
}
