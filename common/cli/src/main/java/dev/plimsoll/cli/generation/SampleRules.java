package dev.plimsoll.cli.generation;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.samples.ParsedSample;
import dev.plimsoll.model.samples.SampleParser;
import dev.plimsoll.model.samples.SampleRefusal;
import dev.plimsoll.model.samples.TokenizeOutcome;
import dev.plimsoll.model.text.SampleTokenizer;
import dev.plimsoll.model.text.TokenLimit;
import dev.plimsoll.wire.settings.FleetCatalogue;
import dev.plimsoll.wire.settings.SettingValues;

import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/**
 * Which samples are taken, and how much of them: as ingest of a run with the same settings does.
 *
 * @param limit of tokens
 * @param cuts what is longer loses its end, and is not rejected
 * @param dropsUntold fields that the chat template does not write are left out
 */
record SampleRules(TokenLimit limit, boolean cuts, boolean dropsUntold) {

    /** Settings that are not given have a run's defaults. */
    static SampleRules of(SettingValues values, LlamaConfig model) {
        int longest = model.longestSequence();
        int tokens = values.given(FleetCatalogue.MAX_SEQUENCE_TOKENS)
                .orElse(model.maxPositionEmbeddings());
        if (tokens > longest) {
            throw CliFailure.input(FleetCatalogue.MAX_SEQUENCE_TOKENS.name() + " is " + tokens
                    + ", but the model takes " + longest + " at most; give at most so many");
        }
        return new SampleRules(
                new TokenLimit(tokens, tokens == longest),
                values.get(FleetCatalogue.LONG_SAMPLES).equals("truncate"),
                values.get(FleetCatalogue.UNTOLD_FIELDS).equals("drop"));
    }

    /** Chat templates write the day in UTC, as for a run. */
    SampleTokenizer open(Path model) {
        return SampleTokenizer.open(model, LocalDateTime.now(ZoneOffset.UTC), dropsUntold);
    }

    TokenizeOutcome outcome(SampleTokenizer tokenizer, byte[] record) {
        return switch (SampleParser.parse(record)) {
            case SampleRefusal refusal -> refusal;
            case ParsedSample sample -> tokenizer.tokenize(sample, cuts ? TokenLimit.NONE : limit);
        };
    }
}
