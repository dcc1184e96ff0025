package dev.plimsoll.sources.forms;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.hardwood.metadata.ColumnChunk;
import dev.hardwood.metadata.CompressionCodec;
import dev.hardwood.metadata.FileMetaData;
import dev.hardwood.metadata.RowGroup;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import dev.hardwood.schema.SchemaNode;
import dev.plimsoll.sources.Place;
import dev.plimsoll.sources.SourceItem;
import dev.plimsoll.sources.SourceOptions;
import dev.plimsoll.sources.bytes.UnreadableFileException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Rows of a Parquet file as records, as {@link ParquetRow} writes them. */
public final class ParquetItems implements Items {

    /** The library tells its choice of decompressors; the field keeps the level from being lost. */
    private static final Logger LIBRARY = Logger.getLogger("dev.hardwood");

    static {
        LIBRARY.setLevel(Level.WARNING);
    }

    private static final String AGAIN =
            "fetch the file again: it may be cut short; or write its rows"
                    + " as JSON lines, or with another compression";

    private final ParquetFileReader reader;
    private final RowReader rows;
    private final SchemaNode.GroupNode schema;
    private final String file;
    private final SourceOptions options;
    private long number;

    private ParquetItems(
            ParquetFileReader reader, RowReader rows, String file, SourceOptions options) {
        this.reader = reader;
        this.rows = rows;
        this.schema = reader.getFileSchema().getRootNode();
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
            requireNamesOnce(reader.getFileSchema().getRootNode());
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
            ParquetRow row = new ParquetRow(options.map());
            ObjectNode object = row.object(rows, schema);
            return Optional.of(row.noText()
                    .<SourceItem>map(column -> new SourceItem.Broken(
                            place,
                            "its column '" + column + "' holds bytes that are no UTF-8",
                            "write the column as text in UTF-8"))
                    .orElseGet(() -> Objects.item(place, object, options)));
        } catch (RuntimeException e) {
            throw broken(e, number);
        }
    }

    @Override
    public void close() throws IOException {
        rows.close();
        reader.close();
    }

    /** JSON would keep the last of them. */
    private static void requireNamesOnce(SchemaNode.GroupNode group)
            throws UnreadableFileException {
        Set<String> seen = new HashSet<>();
        for (SchemaNode child : group.children()) {
            if (!seen.add(child.name())) {
                throw new UnreadableFileException(
                        "it has the column '" + child.name() + "' twice",
                        "give each column a name of its own");
            }
            if (child instanceof SchemaNode.GroupNode inner) {
                requireNamesOnce(inner);
            }
        }
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
}
