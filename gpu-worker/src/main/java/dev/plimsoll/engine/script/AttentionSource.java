package dev.plimsoll.engine.script;

import java.util.List;

/**
 * Ways to compute attention. Each is one or two sources that stand in front of llama.py and define
 * its functions attention and attention_vjp.
 */
public enum AttentionSource {
    CUDA_DENSE("attention_cuda_flash.py", "attention_cuda_dense.py"),
    CUDA_FLASH("attention_cuda_flash.py", "attention_cuda_flash_end.py"),
    CPU_FLASH("attention_cpu_flash.py"),
    COMPOSED("attention_composed.py");

    private final List<String> resources;

    AttentionSource(String... resources) {
        this.resources = List.of(resources);
    }

    String text() {
        StringBuilder text = new StringBuilder();
        for (String resource : resources) {
            text.append(Resources.text(resource)).append('\n');
        }
        return text.toString();
    }
}
