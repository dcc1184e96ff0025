package dev.plimsoll.model.peft;

import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.wire.codec.Checksums;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.RunStart;
import dev.plimsoll.wire.run.StepSettings;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A directory that a run can start from: an adapter as PEFT keeps it, and, where an export wrote
 * it, the optimizer's state. The vectors are read when they are asked for, and are not kept.
 *
 * @param progress where its training stood; empty: only the adapter is taken over
 * @param identity what the run's record says of it
 */
public record StartingPoint(
        Path directory,
        LlamaConfig config,
        LoraSettings lora,
        Optional<TrainingProgress> progress,
        RunStart identity) {

    private static final int HASHED_AT_ONCE = 1 << 14;

    /** Reads all of it once. What cannot be taken over is refused with a ModelException. */
    public static StartingPoint open(Path directory, LlamaConfig config) {
        PeftAdapter adapter = PeftAdapter.read(directory, config);
        Optional<TrainingProgress> progress = TrainingProgress.read(directory);
        MessageDigest digest = Checksums.sha256();
        digest.update(text(adapter.lora(), progress).getBytes(StandardCharsets.UTF_8));
        update(digest, adapter.flat());
        if (progress.isPresent()) {
            for (OptimizerFile.Moment moment : OptimizerFile.Moment.values()) {
                update(digest, OptimizerFile.read(directory, adapter.layout(), moment));
            }
        }
        return new StartingPoint(
                directory,
                config,
                adapter.lora(),
                progress,
                new RunStart(
                        Checksums.hex(digest.digest()),
                        progress.map(TrainingProgress::updates).orElse(0L),
                        progress.map(TrainingProgress::stepsDone).orElse(0L)));
    }

    /** The parameters, flat. */
    public float[] parameters() {
        return PeftAdapter.read(directory, config).flat();
    }

    /** Adam's m, flat; empty where only the adapter is taken over. */
    public Optional<float[]> firstMoment() {
        return moment(OptimizerFile.Moment.FIRST);
    }

    /** Adam's v, flat; empty where only the adapter is taken over. */
    public Optional<float[]> secondMoment() {
        return moment(OptimizerFile.Moment.SECOND);
    }

    private Optional<float[]> moment(OptimizerFile.Moment moment) {
        return progress.map(
                is -> OptimizerFile.read(directory, new AdapterLayout(config, lora), moment));
    }

    /** What a person should know who goes on with it in that run, in sentences. */
    public List<String> remarks(RunSettings run) {
        List<String> remarks =
                new ArrayList<>(PeftAdapter.remarks(directory, run.model().name()));
        progress.map(TrainingProgress::run).ifPresent(before -> {
            if (!before.optimizer().equals(run.optimizer())) {
                remarks.add(directory + " was trained with " + before.optimizer()
                        + ", and this run goes on with " + run.optimizer());
            }
            StepSettings steps = before.steps();
            if (steps.samplesPerStep() != run.steps().samplesPerStep()
                    || steps.tokensPerStep() != run.steps().tokensPerStep()) {
                remarks.add(directory + " was trained with other steps than this run's: "
                        + steps.samplesPerStep() + " samples or " + steps.tokensPerStep()
                        + " tokens each, now " + run.steps().samplesPerStep() + " or "
                        + run.steps().tokensPerStep());
            }
        });
        return remarks;
    }

    /** Throws a ModelException where the directory has changed since it was opened. */
    public void requireUnchanged() {
        if (!open(directory, config).identity.equals(identity)) {
            throw new ModelException(directory + " has changed since the run was created; put back"
                    + " what was there, or start another run with another prefix");
        }
    }

    private static String text(LoraSettings lora, Optional<TrainingProgress> progress) {
        return "adapter\n" + lora.loraRank() + "\n" + lora.loraAlpha() + "\n" + lora.rsLora() + "\n"
                + lora.targets() + "\n"
                + progress.map(is -> is.updates() + "\n" + is.stepsDone() + "\n")
                        .orElse("");
    }

    private static void update(MessageDigest digest, float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(HASHED_AT_ONCE * Float.BYTES);
        for (int from = 0; from < values.length; from += HASHED_AT_ONCE) {
            int count = Math.min(HASHED_AT_ONCE, values.length - from);
            bytes.clear().asFloatBuffer().put(values, from, count);
            digest.update(bytes.limit(count * Float.BYTES));
        }
    }
}
