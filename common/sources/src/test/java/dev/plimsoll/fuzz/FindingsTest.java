package dev.plimsoll.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.hf.WeightFiles;
import dev.plimsoll.model.peft.PeftAdapter;
import dev.plimsoll.model.text.SampleTokenizer;
import dev.plimsoll.model.text.UnusableTextModelException;
import dev.plimsoll.sources.SourceItem;
import dev.plimsoll.sources.SourceOptions;
import dev.plimsoll.sources.reading.SampleSource;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;

/** Inputs that hung, ended the process, or came out as another exception than they should. */
class FindingsTest {

    private static final Path TINY = Path.of("..", "model", "tiny-llama");

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            hidden_size             | 2147483647 | hidden_size is 2147483647; it must be from 1 to
            intermediate_size       | 2147483647 | intermediate_size is 2147483647
            num_hidden_layers       | 2147483647 | num_hidden_layers is 2147483647
            num_hidden_layers       | 4097       | it must be from 1 to 4096
            vocab_size              | 0          | vocab_size is 0
            rope_theta              | 0          | rope_theta 0; it must be a number above 1
            """)
    void aSizeThatNoModelHasIsRefused(String key, String value, String message) throws Exception {
        String config = Files.readString(TINY.resolve("config.json"))
                .replaceAll("\"" + key + "\": *[0-9.e]+", "\"" + key + "\": " + value);
        Files.writeString(directory.resolve("config.json"), config);
        assertThatThrownBy(() -> LlamaConfig.read(directory))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining(message);
    }

    @Test
    void anAdapterThatIsTooLargeIsRefused() throws Exception {
        String config = Files.readString(TINY.resolve("config.json"))
                .replaceAll("\"intermediate_size\": *[0-9]+", "\"intermediate_size\": 1048576");
        Files.writeString(directory.resolve("config.json"), config);
        LlamaConfig read = LlamaConfig.read(directory);
        LoraSettings lora = new LoraSettings(1024, 1, false, EnumSet.allOf(Projection.class));
        assertThatThrownBy(() -> new AdapterLayout(read, lora))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("give a smaller lora-rank");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"../x.safetensors", "/dev/zero", "..", ".", "", "a\\u0000b", "sub/x", ".x"})
    void anIndexNamesFilesBesideIt(String name) throws Exception {
        Files.writeString(
                directory.resolve(WeightFiles.INDEX), "{\"weight_map\":{\"a\":\"" + name + "\"}}");
        assertThatThrownBy(() -> WeightFiles.open(directory))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("a shard is a file beside the index");
    }

    @Test
    void aDirectoryAsWeightsIsRefused() throws Exception {
        Files.createDirectory(directory.resolve("model.safetensors"));
        assertThatThrownBy(() -> WeightFiles.open(directory))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("it is a directory");
        Files.createDirectory(directory.resolve("config.json"));
        assertThatThrownBy(() -> LlamaConfig.read(directory))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("it is a directory");
    }

    /** Opening one would wait for somebody who writes into it. */
    @Test
    void aPipeIsRefused() throws Exception {
        for (String name : List.of("model.safetensors", "config.json", WeightFiles.INDEX)) {
            Process made = new ProcessBuilder("mkfifo", directory.resolve(name).toString()).start();
            assumeTrue(made.waitFor() == 0);
        }
        assertThatThrownBy(() -> WeightFiles.open(directory))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("it is a pipe or a device");
        Files.delete(directory.resolve("model.safetensors"));
        assertThatThrownBy(() -> WeightFiles.open(directory))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("it is a pipe or a device");
        assertThatThrownBy(() -> LlamaConfig.read(directory))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("it is a pipe or a device");
    }

    @ParameterizedTest
    @ValueSource(strings = {"(([a-z0-9_.]+)+)+!", "(.*)*(.*)*(.*)*(.*)*(.*)*(.*)*(.*)*(.*)*x"})
    void anExpressionWithoutEndIsRefused(String expression) throws Exception {
        Files.writeString(
                directory.resolve("adapter_config.json"),
                "{\"peft_type\":\"LORA\",\"r\":8,\"lora_alpha\":16,\"target_modules\":\""
                        + expression + "\"}");
        LlamaConfig config = LlamaConfig.read(TINY);
        assertThatThrownBy(() -> PeftAdapter.settings(directory, config))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("write the modules' names as a list");
    }

    /** The library looked for pages for ever. */
    @ParameterizedTest
    @ValueSource(strings = {"endless-column", "endless-page"})
    void aParquetFileThatHasNoEndIsBroken(String name) throws Exception {
        Path file = Path.of("src/test/resources/dev/plimsoll/sources/reading", name + ".parquet");
        SourceItem last = null;
        try (SampleSource source = SampleSource.open(
                List.of(file.toString()),
                SourceOptions.defaults(1_000, 10),
                InputStream.nullInputStream())) {
            for (Optional<SourceItem> item = source.next();
                    item.isPresent();
                    item = source.next()) {
                last = item.get();
            }
        }
        assertThat(last).isInstanceOf(SourceItem.Broken.class);
    }

    /** The native library ended the process. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "version": "1.0"    | "version": 1e309        | a number that is too large
            "version": "1.0"    | "version": "\\ud800"     | half of a character
            "id": 256,          | "id": 4294967295,       | whose id is no number from 0
            """)
    void aTokenizerThatEndsTheProcessIsRefused(String right, String wrong, String message)
            throws Exception {
        for (String name : List.of("config.json", "tokenizer.json", "tokenizer_config.json")) {
            String text = Files.readString(TINY.resolve(name));
            Files.writeString(
                    directory.resolve(name),
                    name.equals("tokenizer.json")
                            ? text.replaceFirst(
                                    right, java.util.regex.Matcher.quoteReplacement(wrong))
                            : text);
        }
        assertThatThrownBy(() -> SampleTokenizer.open(directory))
                .isInstanceOf(UnusableTextModelException.class)
                .hasMessageContaining(message);
    }
}
