package dev.plimsoll.sources;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How a file holds its samples. */
public enum SourceFormat {
    /** One JSON object a line. */
    JSONL("JSON lines"),
    /** A JSON list, or JSON objects one after another, over as many lines as they like. */
    JSON("JSON"),
    /** Values with commas or semicolons between them; the first row names them. */
    CSV("CSV"),
    /** The same with tabs. */
    TSV("TSV"),
    /** Apache Parquet. */
    PARQUET("Parquet"),
    /** Plain text. */
    TEXT("plain text");

    private final String words;

    SourceFormat(String words) {
        this.words = words;
    }

    /** As messages name it. */
    public String words() {
        return words;
    }

    /** As options name it: {@code jsonl}. */
    public String option() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws UnusableSourceException if no format is named so */
    public static SourceFormat of(String option) {
        return Arrays.stream(values())
                .filter(format -> format.option().equals(option))
                .findFirst()
                .orElseThrow(() -> new UnusableSourceException("there is no format '" + option
                        + "'; use one of "
                        + Arrays.stream(values())
                                .map(SourceFormat::option)
                                .collect(Collectors.joining(", "))));
    }
}
