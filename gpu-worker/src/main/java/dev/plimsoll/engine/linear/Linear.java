package dev.plimsoll.engine.linear;

import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import java.util.Arrays;
import java.util.List;

/** The four linear maps of a layer; projections that share their input are one map. */
public enum Linear {
    QKV(Projection.Q_PROJ, Projection.K_PROJ, Projection.V_PROJ),
    OUT(Projection.O_PROJ),
    GATE_UP(Projection.GATE_PROJ, Projection.UP_PROJ),
    DOWN(Projection.DOWN_PROJ);

    private final List<Projection> projections;

    Linear(Projection... projections) {
        this.projections = List.of(projections);
    }

    public List<Projection> projections() {
        return projections;
    }

    /** The number of its first projection in llama.py's windows. */
    public int first() {
        return projections.getFirst().ordinal();
    }

    public int parts() {
        return projections.size();
    }

    /** o: output features of all its projections together. */
    public int rows(LlamaConfig config) {
        return projections.stream().mapToInt(config::outFeatures).sum();
    }

    /** i: input features. */
    public int columns(LlamaConfig config) {
        return config.inFeatures(projections.getFirst());
    }

    /**
     * R: room for the ranks of its projections. OUT and DOWN have the same, since the derivative of
     * the residual stream carries the tail of both.
     *
     * @param multiple to which it is rounded up: tensor cores like rows of whole cache lines
     */
    int tail(LoraSettings lora, int multiple) {
        int ranks = switch (this) {
            case QKV, GATE_UP -> ranks(lora);
            case OUT, DOWN -> Math.max(OUT.ranks(lora), DOWN.ranks(lora));
        };
        return (ranks + multiple - 1) / multiple * multiple;
    }

    private int ranks(LoraSettings lora) {
        return lora.loraRank()
                * (int) projections.stream()
                        .filter(p -> lora.targets().contains(p))
                        .count();
    }

    public static List<Linear> all() {
        return Arrays.asList(values());
    }
}
