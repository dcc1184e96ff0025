package dev.plimsoll.sources.reading;

import dev.plimsoll.model.samples.SampleParser;
import dev.plimsoll.sources.Place;
import dev.plimsoll.sources.SourceFile;
import dev.plimsoll.sources.SourceFormat;
import dev.plimsoll.sources.SourceItem;
import dev.plimsoll.sources.SourceOptions;
import dev.plimsoll.sources.bytes.ByteInput;
import dev.plimsoll.sources.bytes.Packing;
import dev.plimsoll.sources.bytes.Signature;
import dev.plimsoll.sources.bytes.UnreadableFileException;
import dev.plimsoll.sources.forms.Form;
import dev.plimsoll.sources.forms.Items;
import dev.plimsoll.sources.forms.LineItems;
import dev.plimsoll.sources.forms.ParquetItems;
import dev.plimsoll.sources.forms.Sniffer;
import dev.plimsoll.sources.forms.SoleObject;
import dev.plimsoll.sources.forms.TableItems;
import dev.plimsoll.sources.forms.TextItems;
import dev.plimsoll.sources.forms.ValueItems;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Optional;

/** One file that is being read. Whatever goes wrong in it becomes an item. */
final class FileReading implements Closeable {

    private final SourceFile file;
    private final SourceOptions options;
    private final ArrayDeque<SourceItem> ready = new ArrayDeque<>();
    private Items items = Optional::empty;
    private Optional<Closeable> input = Optional.empty();
    private Optional<Closeable> unpacked = Optional.empty();
    private Optional<Place> last = Optional.empty();

    private FileReading(SourceFile file, SourceOptions options) {
        this.file = file;
        this.options = options;
    }

    static FileReading open(SourceFile file, SourceOptions options, InputStream stdin) {
        FileReading reading = new FileReading(file, options);
        try {
            reading.begin(stdin);
        } catch (IOException e) {
            reading.ready.clear();
            reading.ready.add(new SourceItem.Opened(file, "not readable"));
            reading.ready.add(reading.broken(e));
        }
        return reading;
    }

    Optional<SourceItem> next() {
        return ready.isEmpty() ? read() : Optional.of(ready.poll());
    }

    @Override
    public void close() throws IOException {
        items.close();
        if (unpacked.isPresent()) {
            unpacked.get().close();
        }
        if (input.isPresent()) {
            input.get().close();
        }
    }

    private void begin(InputStream stdin) throws IOException {
        ByteInput in = opened(stdin);
        byte[] head = in.head();
        Optional<Packing> packing = Packing.of(head);
        if (packing.isPresent()) {
            in = new ByteInput(packing.get().unpack(in.rest(), options.unpacking()));
            unpacked = Optional.of(in);
            head = in.head();
            if (Packing.of(head).isPresent()) {
                throw new UnreadableFileException("it is packed twice", "unpack it once");
            }
        }
        Optional<UnreadableFileException> against = Signature.against(head);
        if (against.isPresent()) {
            throw against.get();
        }
        String packed = packing.map(p -> ", packed with " + p.word()).orElse("");
        if (head.length == 0) {
            ready.add(new SourceItem.Opened(file, "empty" + packed));
            return;
        }
        Form form = Sniffer.form(Packing.inner(file.name()), head, options);
        items = items(form, in, packing.isPresent());
        Optional<SourceItem> first = read();
        ready.add(new SourceItem.Opened(file, form.words() + packed + shape(first)));
        first.ifPresent(ready::add);
    }

    private ByteInput opened(InputStream stdin) throws IOException {
        if (file.path().isEmpty()) {
            boolean lines = options.format().filter(SourceFormat.JSONL::equals).isPresent();
            return new ByteInput(stdin, lines);
        }
        InputStream in = Files.newInputStream(file.path().get());
        input = Optional.of(in);
        return new ByteInput(in);
    }

    private Items items(Form form, ByteInput in, boolean packed) throws IOException {
        String name = file.name();
        return switch (form) {
            case Form.Lines(char end) ->
                new SoleObject(new LineItems(in, name, end, options), options.map());
            case Form.Values(boolean list) -> {
                Items values = new ValueItems(in, name, list, options);
                yield list ? values : new SoleObject(values, options.map());
            }
            case Form.Table(char separator) -> new TableItems(in, name, separator, options);
            case Form.Text _ -> new TextItems(in, name, options);
            case Form.Parquet _ -> {
                Path path = file.path()
                        .filter(_ -> !packed)
                        .orElseThrow(() -> new UnreadableFileException(
                                "it is Parquet, and that is read from its end",
                                "give the file itself, not packed and not by standard input"));
                yield ParquetItems.open(path, name, options);
            }
        };
    }

    private Optional<SourceItem> read() {
        try {
            Optional<SourceItem> item = items.next().map(this::renamed);
            item.ifPresent(this::remember);
            return item;
        } catch (IOException e) {
            items = Optional::empty;
            return Optional.of(broken(e));
        }
    }

    private SourceItem renamed(SourceItem item) {
        return item instanceof SourceItem.Record(Place place, byte[] bytes)
                ? new SourceItem.Record(place, options.map().apply(bytes))
                : item;
    }

    private void remember(SourceItem item) {
        switch (item) {
            case SourceItem.Record(Place place, byte[] _) -> last = Optional.of(place);
            case SourceItem.Oversize(Place place, byte[] _, long _, String _) ->
                last = Optional.of(place);
            case SourceItem.Broken(Place place, String _, String _) -> last = Optional.of(place);
            case SourceItem.Blank(Place place) -> last = Optional.of(place);
            case SourceItem.Opened _ -> {
                // no record
            }
        }
    }

    private static String shape(Optional<SourceItem> first) {
        if (first.isPresent() && first.get() instanceof SourceItem.Record(Place _, byte[] bytes)) {
            return SampleParser.read(bytes)
                    .shape()
                    .map(shape -> ", shape " + shape.word())
                    .orElse(", the first record is of no known shape");
        }
        return "";
    }

    /** The place after the last item that was read. */
    private SourceItem broken(IOException e) {
        Place place = last.map(p -> new Place(p.file(), p.kind(), p.number() + 1))
                .orElse(new Place(file.name(), Place.Kind.FILE, 1));
        return switch (e) {
            case UnreadableFileException own ->
                new SourceItem.Broken(place, own.getMessage(), own.remedy());
            case EOFException _ ->
                new SourceItem.Broken(place, "the packed file ends too early", "fetch it again");
            case NoSuchFileException _ ->
                new SourceItem.Broken(place, "the file is gone", "give a file that stays");
            case AccessDeniedException _ ->
                new SourceItem.Broken(place, "the file cannot be read", "allow it");
            default ->
                new SourceItem.Broken(
                        place,
                        "it cannot be read any further (" + e.getMessage() + ")",
                        "fetch the file again; what comes after was not read");
        };
    }
}
