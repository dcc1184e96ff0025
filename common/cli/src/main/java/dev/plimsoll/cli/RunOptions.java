package dev.plimsoll.cli;

import dev.plimsoll.wire.settings.Catalogue;
import dev.plimsoll.wire.settings.CoordinatorCatalogue;
import dev.plimsoll.wire.settings.FleetCatalogue;
import dev.plimsoll.wire.settings.RunCatalogue;

import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What a run is; fixed when the coordinator creates it. What is not given is left to the
 * coordinator.
 */
public final class RunOptions extends SettingOptions {

    public RunOptions() {
        super(Stream.concat(
                        Catalogue.FIXED_AT_CREATION.stream(),
                        Stream.of(CoordinatorCatalogue.SAMPLE_PARTITIONS))
                .toList());
    }

    public Path model() {
        return Installation.modelOr(values().given(RunCatalogue.MODEL).orElse(null));
    }

    /** Whether a model is named anywhere. */
    public boolean modelGiven() {
        return values().given(RunCatalogue.MODEL).isPresent();
    }

    public int shardsOr(int otherwise) {
        return values().given(FleetCatalogue.SHARDS).orElse(otherwise);
    }

    public int samplesPerStepOr(int otherwise) {
        return values().given(RunCatalogue.SAMPLES_PER_STEP).orElse(otherwise);
    }

    /** Null where a step is counted in samples. */
    public Integer tokensPerStep() {
        return values().given(RunCatalogue.TOKENS_PER_STEP).orElse(null);
    }

    public long stepsOr(long otherwise) {
        return values().given(RunCatalogue.STEPS).orElse(otherwise);
    }

    public int samplePartitions() {
        return values().get(CoordinatorCatalogue.SAMPLE_PARTITIONS);
    }

    public int maxSequenceTokensOr(int otherwise) {
        return values().given(FleetCatalogue.MAX_SEQUENCE_TOKENS).orElse(otherwise);
    }

    /** What was given, and the model, by the coordinator's names. */
    @Override
    public Map<String, String> properties() {
        Map<String, String> properties = super.properties();
        properties.put(RunCatalogue.MODEL.name(), model().toString());
        values().given(RunCatalogue.START_FROM)
                .ifPresent(dir -> properties.put(
                        RunCatalogue.START_FROM.name(), dir.toAbsolutePath().toString()));
        return properties;
    }
}
