package dev.plimsoll.cli.samples;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.model.samples.ParseOutcome;
import dev.plimsoll.model.samples.SampleIds;
import dev.plimsoll.model.samples.SampleParser;
import dev.plimsoll.model.samples.SampleReading;
import dev.plimsoll.sources.Place;
import dev.plimsoll.sources.SourceFile;
import dev.plimsoll.sources.SourceItem;
import dev.plimsoll.wire.codec.Checksums;
import dev.plimsoll.wire.sample.SubmittedSample;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Makes of what a source gives the sample as it is submitted: gives it its id and its place. The id
 * is the sample's own, else a hash of source, number and bytes.
 */
final class SampleMaker {

    private final String source;
    private final boolean several;
    private final Optional<String> named;
    private final LeftAlone leftAlone = new LeftAlone();
    private final NullFields nullFields = new NullFields();
    private String fileSource = "";
    private String fileName = "";

    /** One sample, and what its bytes are. */
    record Made(SubmittedSample sample, ParseOutcome parsed) {}

    /**
     * @param source ids are derived from it; null: from each file's absolute path
     * @param several whether there are several files, whose last names might be the same
     */
    SampleMaker(String source, boolean several) {
        this.source = source;
        this.several = several;
        this.named = Optional.empty();
    }

    /** For samples that come from a program: what is read has this source and file name. */
    SampleMaker(String source, String name) {
        this.source = source;
        this.several = false;
        this.named = Optional.of(name);
    }

    /** What follows is from this file. */
    void opened(SourceFile file) {
        leftAlone.clear();
        nullFields.clear();
        fileSource = source == null ? file.path().map(SampleMaker::uri).orElse("stdin") : source;
        String last = file.path().map(path -> path.getFileName().toString()).orElse(file.name());
        fileName = named.orElse(several ? file.name() : last);
    }

    Made of(SourceItem.Record record) {
        byte[] bytes = record.bytes();
        long number = record.place().number();
        SampleReading reading = SampleParser.read(bytes);
        leftAlone.add(reading);
        nullFields.add(reading);
        ParseOutcome parsed = reading.outcome();
        String id = SampleIds.of(parsed, fileSource, number, bytes);
        return new Made(
                new SubmittedSample(
                        id, place(number), bytes, bytes.length, Checksums.sha256Hex(bytes)),
                parsed);
    }

    SubmittedSample of(SourceItem.Oversize oversize) {
        long number = oversize.place().number();
        byte[] content = oversize.sha256().getBytes(StandardCharsets.UTF_8);
        return new SubmittedSample(
                SampleIds.derive(fileSource, number, content),
                place(number),
                oversize.prefix(),
                oversize.length(),
                oversize.sha256());
    }

    /** What is to be told of the file's fields: those of which nothing is made, and nulls. */
    List<String> notes() {
        return Stream.of(leftAlone.line(), nullFields.line())
                .flatMap(Optional::stream)
                .toList();
    }

    /** The file as people see it. */
    String file() {
        return Shown.safe(fileName);
    }

    /** As {@code file:line}. */
    String shown(Place place) {
        return place.kind() == Place.Kind.FILE ? fileName : fileName + ":" + place.number();
    }

    private SubmittedSample.Place place(long number) {
        return new SubmittedSample.Place(fileSource, fileName, number);
    }

    private static String uri(Path path) {
        try {
            return path.toRealPath().toUri().toString();
        } catch (IOException e) {
            throw CliFailure.input("'" + path + "' cannot be read any more; is it still there?");
        }
    }
}
