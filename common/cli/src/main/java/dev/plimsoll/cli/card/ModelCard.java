package dev.plimsoll.cli.card;

import com.fasterxml.jackson.core.JsonProcessingException;

import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.run.RunSettings;

import java.util.List;
import java.util.Locale;

/**
 * The model card of an adapter in Hugging Face's form: YAML between dashes, then Markdown. It tells
 * numbers and names, and nothing of what samples say.
 *
 * @param baseModel as adapter_config.json names it
 * @param audit the audit's sentence; empty: nobody asked
 * @param picture the name of the picture's file
 * @param madeBy number and commit of this program
 */
public record ModelCard(
        String baseModel,
        RunSettings run,
        long version,
        RunStory story,
        String audit,
        String picture,
        String madeBy) {

    /** The whole file. */
    public String text() {
        StringBuilder text = new StringBuilder();
        head(text);
        text.append("# LoRA adapter of ").append(code(baseModel)).append("\n\n");
        List<StepRecord> steps = story.steps(version);
        add(
                text,
                "Version %d of run %s, after %d steps. Trained by %s.\n",
                version,
                code(run.runId()),
                steps.size(),
                madeBy);
        use(text);
        data(text);
        loss(text, steps);
        evaluations(text);
        text.append("\n## Settings\n\n| setting | value |\n|---|---|\n");
        new SettingRows(run).rows().forEach((name, value) -> row(text, name, value));
        if (!audit.isEmpty()) {
            add(text, "\n## Audit\n\nWhen this was written:\n\n> %s\n", audit);
        }
        return text.toString();
    }

    private void head(StringBuilder text) {
        text.append("---\nbase_model: ").append(yaml(baseModel));
        text.append("\nlibrary_name: peft\npipeline_tag: text-generation\ntags:\n");
        text.append("- ").append(yaml("base_model:adapter:" + baseModel)).append('\n');
        text.append("- lora\n- plimsoll\n---\n\n");
    }

    private void use(StringBuilder text) {
        add(text, """

                ## Use

                ```python
                from peft import PeftModel
                from transformers import AutoModelForCausalLM, AutoTokenizer

                tokenizer = AutoTokenizer.from_pretrained("THIS_DIRECTORY")
                base = AutoModelForCausalLM.from_pretrained(%s, dtype="auto")
                model = PeftModel.from_pretrained(base, "THIS_DIRECTORY")
                ```

                vLLM: `vllm serve BASE --enable-lora --max-lora-rank %d --lora-modules \
                NAME=THIS_DIRECTORY`. llama.cpp: `convert_lora_to_gguf.py THIS_DIRECTORY --base \
                BASE`.
                """, yaml(baseModel), servedRank());
        if (run.lora().rsLora()) {
            text.append("llama.cpp does not know rsLoRA: merge the adapter for it.\n");
        }
    }

    /** vLLM takes powers of two from 8 on, and a larger one for the ranks between. */
    private int servedRank() {
        int rank = run.lora().loraRank();
        return Math.max(8, Integer.highestOneBit(Math.max(1, 2 * rank - 1)));
    }

    private void data(StringBuilder text) {
        text.append("\n## Data\n\n");
        text.append("| source | samples | tokens | used for |\n|---|---|---|---|\n");
        story.sources()
                .forEach((name, source) -> add(
                        text,
                        "| %s | %,d | %,d | %s |\n",
                        name,
                        source.samples(),
                        source.tokens(),
                        source.evaluation() ? "evaluation" : "training"));
        if (story.rejectedInTraining() > 0) {
            add(
                    text,
                    "\n%,d of these samples could not be trained and were rejected.\n",
                    story.rejectedInTraining());
        }
    }

    private void loss(StringBuilder text, List<StepRecord> steps) {
        if (steps.isEmpty()) {
            return;
        }
        add(
                text,
                "\n## Loss\n\n![loss of each step](%s)\n\n"
                        + "Nats per trained token: %.4f in the first step, %.4f in the last.\n",
                picture,
                steps.getFirst().loss(),
                steps.getLast().loss());
    }

    private void evaluations(StringBuilder text) {
        List<JournalRecord.EvaluationClosed> evaluations = story.evaluations(version);
        if (evaluations.isEmpty()) {
            return;
        }
        text.append("\n## Evaluations\n\nOn samples that were never trained.\n\n"
                + "| version | samples | loss | perplexity |\n|---|---|---|---|\n");
        evaluations.forEach(one -> add(
                text,
                "| %d | %,d | %.4f%s | %.4f |\n",
                one.version(),
                one.samples(),
                one.loss(),
                one.best() ? " (lowest so far)" : "",
                one.perplexity()));
    }

    private static void row(StringBuilder text, String name, String value) {
        add(text, "| %s | %s |\n", name, value);
    }

    private static void add(StringBuilder text, String format, Object... arguments) {
        text.append(String.format(Locale.ROOT, format, arguments));
    }

    private static String code(String name) {
        return "`" + name.replace('`', '\'') + "`";
    }

    /** In double quotes, JSON is YAML, and Python. */
    private static String yaml(String value) {
        try {
            return Json.mapper().writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a text has no JSON", e);
        }
    }
}
