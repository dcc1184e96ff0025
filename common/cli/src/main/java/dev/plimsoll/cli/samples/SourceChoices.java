package dev.plimsoll.cli.samples;

import dev.plimsoll.sources.SourceOptions;
import dev.plimsoll.sources.SourceOptions.TextUnit;

import picocli.CommandLine.Option;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The options that say how files are read. */
public final class SourceChoices {

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "All files are read as this format: jsonl, json, csv, tsv, parquet or "
                    + "text. The default is what each file looks like.")
    String format;

    @Option(
            names = "--map",
            paramLabel = "FIELD=NAME",
            description = "The field FIELD of a sample stands under NAME in the files, e.g. "
                    + "prompt=question_text; may be repeated.")
    List<String> map = new ArrayList<>();

    @Option(
            names = "--text-unit",
            paramLabel = "UNIT",
            description = "Each file, paragraph or line of plain text becomes a sample: UNIT is "
                    + "file, paragraph or line. Default: file.")
    TextUnit textUnit;

    /** Throws {@link dev.plimsoll.sources.UnusableSourceException} with the remedy. */
    public SourceOptions options() {
        return reading().options();
    }

    /** The same, to be kept; in a fixed order of the pairs. */
    public Reading reading() {
        return new Reading(
                format == null ? "" : format,
                map.stream().sorted().toList(),
                textUnit == null ? "" : textUnit.name().toLowerCase(Locale.ROOT));
    }
}
