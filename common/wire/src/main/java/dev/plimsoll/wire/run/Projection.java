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

    private final String moduleName;
    private final String block;

    Projection(String moduleName, String block) {
        this.moduleName = moduleName;
        this.block = block;
    }

    /** The name of the module in weight files of Hugging Face and in PEFT's target_modules. */
    @JsonValue
    public String moduleName() {
        return moduleName;
    }

    /** The sub-module that holds it: self_attn or mlp. */
    public String block() {
        return block;
    }

    @JsonCreator
    public static Projection of(String moduleName) {
        for (Projection projection : values()) {
            if (projection.moduleName.equals(moduleName)) {
                return projection;
            }
        }
        throw new IllegalArgumentException(
                "LoRA target '" + moduleName + "' does not exist; choose from "
                        + Arrays.stream(values())
                                .map(Projection::moduleName)
                                .collect(Collectors.joining(", ")));
    }
}
