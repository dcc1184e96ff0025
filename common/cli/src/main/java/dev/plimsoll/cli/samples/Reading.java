package dev.plimsoll.cli.samples;

import dev.plimsoll.sources.FieldMap;
import dev.plimsoll.sources.SourceFormat;
import dev.plimsoll.sources.SourceOptions;
import dev.plimsoll.sources.SourceOptions.TextUnit;

import java.util.List;
import java.util.Locale;

/**
 * How files are read, as far as somebody said so.
 *
 * @param format of all files; empty where it was not given
 * @param map pairs FIELD=NAME
 * @param textUnit what is one sample of a plain text; empty where it was not given
 */
public record Reading(String format, List<String> map, String textUnit) {

    /** Nothing was said: files are read as they look. */
    public static final Reading AS_IT_LOOKS = new Reading("", List.of(), "");

    public Reading {
        map = List.copyOf(map);
    }

    /** Throws {@link dev.plimsoll.sources.UnusableSourceException} with the remedy. */
    public SourceOptions options() {
        SourceOptions options = Submitter.sourceOptions().withMap(FieldMap.of(map));
        if (!textUnit.isEmpty()) {
            options = options.withTextUnit(TextUnit.valueOf(textUnit.toUpperCase(Locale.ROOT)));
        }
        return format.isEmpty() ? options : options.withFormat(SourceFormat.of(format));
    }
}
