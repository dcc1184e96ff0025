package dev.plimsoll.sources.reading;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.sources.SourceItem;
import dev.plimsoll.sources.SourceOptions;

import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Everything that a source gives, as short lines for tests. */
final class Read {

    static final SourceOptions OPTIONS = SourceOptions.defaults(64, 8);

    private Read() {}

    static List<SourceItem> items(List<String> paths, SourceOptions options, byte[] stdin) {
        List<SourceItem> items = new ArrayList<>();
        try (SampleSource source =
                SampleSource.open(paths, options, new ByteArrayInputStream(stdin))) {
            for (Optional<SourceItem> item = source.next();
                    item.isPresent();
                    item = source.next()) {
                items.add(item.get());
            }
        }
        return items;
    }

    static List<String> lines(Path file, SourceOptions options) {
        return items(List.of(file.toString()), options, new byte[0]).stream()
                .map(item ->
                        line(item).replace(file.toString(), file.getFileName().toString()))
                .toList();
    }

    static List<String> lines(Path file) {
        return lines(file, OPTIONS);
    }

    /** {@code line 3: {"text":"a"}}; what is not a record begins with a sign. */
    static String line(SourceItem item) {
        return switch (item) {
            case SourceItem.Opened(var file, String detected) -> file.name() + ": " + detected;
            case SourceItem.Record(var place, byte[] bytes) ->
                place.kind().word() + " " + place.number() + ": " + new String(bytes, UTF_8);
            case SourceItem.Oversize(var place, byte[] prefix, long length, String sha256) ->
                "> " + place.kind().word() + " " + place.number() + ": " + new String(prefix, UTF_8)
                        + " of " + length + " " + sha256.substring(0, 8);
            case SourceItem.Broken(var place, String reason, String remedy) ->
                "! " + place.kind().word() + " " + place.number() + ": " + reason + "; " + remedy;
            case SourceItem.Blank(var place) -> "- " + place.kind().word() + " " + place.number();
        };
    }
}
