package dev.plimsoll.sources.reading;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.sources.SourceItem;
import dev.plimsoll.sources.SourceOptions;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** However long a file or a record is, so much is in memory. */
@Tag("slow")
class FlatMemoryTest {

    private static final int RECORDS = 200_000;
    private static final int LONG_BYTES = 100_000_000;
    private static final long MARGIN_BYTES = 16L << 20;

    /** 200 MB of records, with one of 100 MB in the middle. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            '['  | ',' | ']'
            ''   | '\n'| ''
            """)
    @Timeout(300)
    void stays(String begin, String between, String end) {
        byte[] record = ("{\"text\":\"" + "x".repeat(1_000) + "\"}" + between).getBytes(UTF_8);
        List<InputStream> parts = List.of(
                text(begin),
                repeated(record, RECORDS / 2),
                text("{\"text\":\""),
                repeated(new byte[] {'y'}, LONG_BYTES),
                text("\"}" + between),
                repeated(record, RECORDS / 2 - 1),
                text("{\"text\":\"z\"}" + end));
        InputStream in = new SequenceInputStream(Collections.enumeration(parts));
        long records = 0;
        long oversize = 0;
        long before = used();
        long most = 0;
        try (SampleSource source =
                SampleSource.open(List.of("-"), SourceOptions.defaults(512 * 1024, 1024), in)) {
            for (Optional<SourceItem> item = source.next();
                    item.isPresent();
                    item = source.next()) {
                records += item.get() instanceof SourceItem.Record ? 1 : 0;
                if (item.get() instanceof SourceItem.Oversize long1) {
                    oversize++;
                    assertThat(long1.length()).isEqualTo(LONG_BYTES + 11L);
                }
                assertThat(item.get()).isNotInstanceOf(SourceItem.Broken.class);
                if (records % 50_000 == 0) {
                    most = Math.max(most, used());
                }
            }
        }
        assertThat(records).isEqualTo(RECORDS);
        assertThat(oversize).isEqualTo(1);
        assertThat(most - before).isLessThan(MARGIN_BYTES);
    }

    private static InputStream text(String text) {
        return repeated(text.getBytes(UTF_8), 1);
    }

    private static InputStream repeated(byte[] bytes, int times) {
        return new InputStream() {
            private long at;

            @Override
            public int read() {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] to, int offset, int length) {
                long left = (long) bytes.length * times - at;
                if (left == 0) {
                    return -1;
                }
                int count = (int) Math.min(left, length);
                for (int i = 0; i < count; i++) {
                    to[offset + i] = bytes[(int) ((at + i) % bytes.length)];
                }
                at += count;
                return count;
            }
        };
    }

    private static long used() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
