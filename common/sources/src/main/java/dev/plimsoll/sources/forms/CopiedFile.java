package dev.plimsoll.sources.forms;

import dev.hardwood.InputFile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * A Parquet file of which each stretch is copied into memory when it is needed. The library's own
 * way maps the file; if somebody shortens a mapped file, the system ends the process that reads it
 * (SIGBUS). Decision 0123.
 */
final class CopiedFile implements InputFile {

    private static final byte[] END = {'P', 'A', 'R', '1'};

    private final Path path;
    private FileChannel channel;
    private long length;

    CopiedFile(Path path) {
        this.path = path;
    }

    @Override
    public void open() throws IOException {
        if (channel == null) {
            channel = FileChannel.open(path, StandardOpenOption.READ);
            length = channel.size();
        }
    }

    /**
     * The library asks for nothing, for ever, where a page says that it is longer than its column.
     *
     * @throws IOException also when that is no part of the file, and when it has become shorter
     */
    @Override
    public ByteBuffer readRange(long from, int count) throws IOException {
        if (from < 0 || count < 1 || count > length - from) {
            throw new IOException("it places something at bytes " + from + " and " + count
                    + " on, in a file of " + length);
        }
        ByteBuffer bytes = ByteBuffer.allocate(count);
        while (bytes.hasRemaining()) {
            int read = channel.read(bytes, from + bytes.position());
            if (read < 0) {
                throw new IOException("the file had " + length
                        + " bytes when it was opened and has " + channel.size()
                        + " now: it was written while it was read");
            }
        }
        return bytes.flip();
    }

    /** Whether it ends as a Parquet file does. */
    boolean isComplete() throws IOException {
        return length >= 2 * END.length
                && Arrays.equals(readRange(length - END.length, END.length).array(), END);
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public String name() {
        return path.getFileName().toString();
    }

    @Override
    public void close() throws IOException {
        if (channel != null) {
            channel.close();
        }
    }
}
