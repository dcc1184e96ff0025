package dev.plimsoll.wire.run;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The seven linear maps of a Llama layer, in the canonical order of the adapter's parameters. */
public enum Projection {
    Q_PROJ("q_proj", "self_attn"),
    K_PROJ("k_proj", "self_attn"),
    V_PROJ("v_proj", "self_attn"),
    O_PROJ("o_proj", "self_attn"),
    GATE_PROJ("gate_proj", "mlp"),
    UP_PROJ("up_proj", "mlp"),
    DOWN_PROJ("down_proj", "mlp");

    private final String checkpointName;
    private final String block;

    Projection(String checkpointName, String block) {
        this.checkpointName = checkpointName;
        this.block = block;
    }

    /** The name in Hugging Face checkpoints and in PEFT's target_modules. */
    @JsonValue
    public String checkpointName() {
        return checkpointName;
    }

    /** The sub-module that holds it: self_attn or mlp. */
    public String block() {
        return block;
    }

    @JsonCreator
    public static Projection of(String checkpointName) {
        for (Projection projection : values()) {
            if (projection.checkpointName.equals(checkpointName)) {
                return projection;
            }
        }
        throw new IllegalArgumentException(
                "LoRA target '" + checkpointName + "' does not exist; choose from "
                        + Arrays.stream(values())
                                .map(Projection::checkpointName)
                                .collect(Collectors.joining(", ")));
    }
}
