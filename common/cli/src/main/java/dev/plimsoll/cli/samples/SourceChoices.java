package dev.plimsoll.cli.samples;

import dev.plimsoll.sources.FieldMap;
import dev.plimsoll.sources.SourceFormat;
import dev.plimsoll.sources.SourceOptions;
import dev.plimsoll.sources.SourceOptions.TextUnit;

import picocli.CommandLine.Option;

import java.util.ArrayList;
import java.util.List;

/** The options that say how files are read. */
final class SourceChoices {

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "All files are read as this format: jsonl, json, csv, tsv, parquet or "
                    + "text. The default is what each file looks like. With jsonl, each line of "
                    + "standard input is sent when it comes.")
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
            defaultValue = "file",
            description = "Each file, paragraph or line of plain text becomes a sample: UNIT is "
                    + "file, paragraph or line. Default: ${DEFAULT-VALUE}.")
    TextUnit textUnit;

    /** Throws {@link dev.plimsoll.sources.UnusableSourceException} with the remedy. */
    SourceOptions options() {
        SourceOptions options =
                Submitter.sourceOptions().withMap(FieldMap.of(map)).withTextUnit(textUnit);
        return format == null ? options : options.withFormat(SourceFormat.of(format));
    }
}
