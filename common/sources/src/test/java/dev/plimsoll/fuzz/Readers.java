package dev.plimsoll.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.hf.Safetensors;
import dev.plimsoll.model.hf.WeightFiles;
import dev.plimsoll.model.jinja.JinjaTemplate;
import dev.plimsoll.model.jinja.Limits;
import dev.plimsoll.model.jinja.TemplateError;
import dev.plimsoll.model.peft.PeftAdapter;
import dev.plimsoll.model.peft.StartingPoint;
import dev.plimsoll.model.samples.ParseOutcome;
import dev.plimsoll.model.samples.ParsedSample;
import dev.plimsoll.model.samples.SampleParser;
import dev.plimsoll.model.text.SampleTokenizer;
import dev.plimsoll.model.text.UnusableTextModelException;
import dev.plimsoll.sources.SourceItem;
import dev.plimsoll.sources.SourceOptions;
import dev.plimsoll.sources.UnusableSourceException;
import dev.plimsoll.sources.reading.SampleSource;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;
import dev.plimsoll.wire.settings.Catalogue;
import dev.plimsoll.wire.settings.SettingProblem;
import dev.plimsoll.wire.settings.SettingValues;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Everything that reads what people and strangers give, apart from the wire. */
final class Readers {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path MODEL = Path.of("..", "model");
    private static final Path TINY = MODEL.resolve("tiny-llama");
    private static final Path RESOURCES = MODEL.resolve(Path.of("src", "test", "resources"));
    private static final LocalDateTime NOW = LocalDateTime.of(2026, 1, 2, 3, 4);

    private final Path directory;

    /** @param directory for the files that are read */
    Readers(Path directory) {
        this.directory = directory;
    }

    List<Fuzz> all() throws IOException {
        return List.of(
                samples(),
                tokenizing(),
                safetensors(),
                weights(),
                config(),
                tokenizer(),
                tokenizerConfig(),
                adapter(),
                trainingState(),
                template(),
                texts(),
                parquet(),
                packed(),
                settings());
    }

    private static byte[] utf8(String text) {
        return text.getBytes(UTF_8);
    }

    private static List<byte[]> utf8(List<String> texts) {
        return texts.stream().map(Readers::utf8).toList();
    }

    private Path fresh(String name) throws IOException {
        return Files.createDirectories(directory.resolve(name));
    }

    private Path tiny(String name) throws IOException {
        Path copy = fresh(name);
        for (String file : List.of(
                "config.json",
                "generation_config.json",
                "tokenizer.json",
                "tokenizer_config.json")) {
            Files.copy(TINY.resolve(file), copy.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        return copy;
    }

    private Fuzz samples() {
        return new Fuzz(
                "samples",
                input -> {
                    SampleParser.parse(input);
                    SampleParser.read(input);
                },
                utf8(Samples.ALL),
                Samples.WORDS,
                List.of(),
                4_000);
    }

    private Fuzz tokenizing() {
        SampleTokenizer tokenizer = SampleTokenizer.open(TINY, NOW);
        return new Fuzz(
                "samples to tokens",
                input -> {
                    ParseOutcome outcome = SampleParser.parse(input);
                    if (outcome instanceof ParsedSample sample) {
                        tokenizer.tokenize(sample, 512);
                        tokenizer.explain(sample, 64);
                    }
                },
                utf8(Samples.ALL),
                Samples.WORDS,
                List.of(),
                400);
    }

    private Fuzz safetensors() throws IOException {
        Path file = fresh("safetensors").resolve("model.safetensors");
        String header = "{\"__metadata__\":{\"format\":\"pt\"},"
                + "\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
                + "\"b\":{\"dtype\":\"BF16\",\"shape\":[4],\"data_offsets\":[24,32]},"
                + "\"c\":{\"dtype\":\"F8_E4M3\",\"shape\":[2],\"data_offsets\":[32,34]},"
                + "\"d\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[34,42]}}";
        byte[] seed = new byte[8 + header.length() + 42];
        seed[0] = (byte) header.length();
        seed[1] = (byte) (header.length() >> 8);
        System.arraycopy(utf8(header), 0, seed, 8, header.length());
        return new Fuzz(
                "safetensors",
                input -> {
                    write(file, input);
                    try (Safetensors opened = Safetensors.open(file)) {
                        opened.tensors().values().forEach(tensor -> {
                            tensor.describe();
                            if (tensor.dtype().isWeight()) {
                                tensor.toFloats();
                            }
                        });
                    }
                },
                List.of(seed),
                List.of("\"dtype\":\"F32\"", "\"shape\":[", "\"data_offsets\":[", "[0,0]", "I64"),
                List.of(ModelException.class),
                600);
    }

    private Fuzz weights() throws IOException {
        Path model = fresh("weights");
        Files.copy(
                TINY.resolve("model.safetensors"),
                model.resolve("one.safetensors"),
                StandardCopyOption.REPLACE_EXISTING);
        List<String> names;
        try (Safetensors one = Safetensors.open(model.resolve("one.safetensors"))) {
            names = one.tensors().keySet().stream().limit(4).toList();
        }
        ObjectNode index = JSON.createObjectNode();
        ObjectNode map = index.putObject("weight_map");
        names.forEach(name -> map.put(name, "one.safetensors"));
        return new Fuzz(
                "index of weights",
                input -> {
                    write(model.resolve(WeightFiles.INDEX), input);
                    WeightFiles.open(model).close();
                },
                List.of(utf8(index.toString())),
                List.of("\"/dev/zero\"", "\".\"", "\"..\"", "\"/\"", "\"one\"", "\"weight_map\":"),
                List.of(ModelException.class),
                250);
    }

    private Fuzz config() throws IOException {
        Path model = fresh("config");
        List<byte[]> seeds =
                new ArrayList<>(List.of(Files.readAllBytes(TINY.resolve("config.json"))));
        try (Stream<Path> known = Files.list(RESOURCES.resolve("configs"))) {
            for (Path file : known.sorted().toList()) {
                seeds.add(Files.readAllBytes(file));
            }
        }
        LoraSettings lora = new LoraSettings(8, 16, false, EnumSet.allOf(Projection.class));
        return new Fuzz(
                "config.json",
                input -> {
                    write(model.resolve("config.json"), input);
                    LlamaConfig config = LlamaConfig.read(model);
                    config.longestSequence();
                    new AdapterLayout(config, lora);
                },
                seeds,
                List.of("\"rope_theta\":0", "\"rope_scaling\":{", "\"sliding_window\":", "yarn"),
                List.of(ModelException.class),
                500);
    }

    private Fuzz tokenizer() throws IOException {
        Path model = tiny("tokenizer");
        return new Fuzz(
                "tokenizer.json",
                input -> {
                    write(model.resolve("tokenizer.json"), input);
                    open(model);
                },
                List.of(Files.readAllBytes(TINY.resolve("tokenizer.json"))),
                List.of(
                        "\"type\":\"WordPiece\"",
                        "\"added_tokens\":[",
                        "\"Regex\":\"(a+)+$\"",
                        "\"special\":true",
                        "\"id\":-1",
                        "\"normalizer\":{\"type\":\"NFC\"},"),
                List.of(UnusableTextModelException.class),
                60);
    }

    private Fuzz tokenizerConfig() throws IOException {
        Path model = tiny("tokenizer-config");
        return new Fuzz(
                "tokenizer_config.json",
                input -> {
                    write(model.resolve("tokenizer_config.json"), input);
                    open(model);
                },
                List.of(Files.readAllBytes(TINY.resolve("tokenizer_config.json"))),
                List.of("{{", "}}", "{%", "%}", "\"chat_template\":[", "\"added_tokens_decoder\":"),
                List.of(UnusableTextModelException.class),
                60);
    }

    /** Also tokenizes a text and a chat: what opens must be of use. */
    private static void open(Path model) {
        try (SampleTokenizer tokenizer = SampleTokenizer.open(model, NOW)) {
            tokenizer.chatProblem();
            for (String sample : List.of(Samples.ALL.getFirst(), Samples.ALL.get(4))) {
                if (SampleParser.parse(utf8(sample)) instanceof ParsedSample parsed) {
                    tokenizer.tokenize(parsed, 512);
                }
            }
        }
    }

    private Fuzz adapter() throws IOException {
        Path adapter = fresh("adapter");
        LlamaConfig config = LlamaConfig.read(TINY);
        String seed = """
                {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": 8, "lora_alpha": 16,
                "use_rslora": false, "target_modules": ["q_proj", "v_proj"], "bias": "none",
                "rank_pattern": {"layers.0.self_attn.q_proj": 8}, "alpha_pattern": {},
                "exclude_modules": null, "layers_to_transform": null, "layers_pattern": "layers",
                "init_lora_weights": true, "base_model_name_or_path": "x", "lora_dropout": 0.0}""";
        return new Fuzz(
                "adapter_config.json",
                input -> {
                    write(adapter.resolve("adapter_config.json"), input);
                    PeftAdapter.settings(adapter, config);
                    PeftAdapter.remarks(adapter, "x");
                },
                utf8(List.of(seed, seed.replace("[\"q_proj\", \"v_proj\"]", "\".*(q|v)_proj\""))),
                List.of("\"(a+)+$\"", "(.*)*", "(([a-z.]+)+)+!", "all-linear", "(?P<idx>", "\\\\1"),
                List.of(ModelException.class),
                500);
    }

    private Fuzz trainingState() throws IOException {
        Path start = fresh("start");
        LlamaConfig config = LlamaConfig.read(TINY);
        LoraSettings lora = new LoraSettings(1, 1, false, EnumSet.of(Projection.Q_PROJ));
        AdapterLayout layout = new AdapterLayout(config, lora);
        if (!Files.exists(start.resolve("adapter"))) {
            PeftAdapter.write(start.resolve("adapter"), layout, lora, "x", layout.initial(1));
        }
        JsonNode run = JSON.readTree(Decoders.GOLDEN
                        .resolve("plimsoll.journal.RunCreated.v1.json")
                        .toFile())
                .path("run");
        return new Fuzz(
                "training_state.json",
                input -> {
                    write(start.resolve("adapter/training_state.json"), input);
                    StartingPoint.open(start.resolve("adapter"), config);
                },
                List.of(utf8("{\"format\":1,\"version\":3,\"updates\":3,\"stepsDone\":3,"
                        + "\"epoch\":0,\"trainedSamples\":9,\"run\":" + run + "}")),
                List.of("\"run\":null", "\"format\":1,"),
                List.of(ModelException.class),
                150);
    }

    private Fuzz template() throws IOException {
        JsonNode golden = JSON.readTree(RESOURCES.resolve("golden/jinja.json").toFile());
        Map<String, Object> variables =
                new LinkedHashMap<>(JSON.convertValue(golden.path("variables"), Map.class));
        List<byte[]> seeds = new ArrayList<>();
        golden.path("table").forEach(row -> seeds.add(utf8(row.path("source").asText())));
        return new Fuzz(
                "templates",
                input -> JinjaTemplate.parse(new String(input, UTF_8))
                        .render(variables, NOW, Limits.DEFAULT),
                seeds,
                List.of(
                        "{{",
                        "}}",
                        "{%",
                        "%}",
                        "{% for x in l %}",
                        "{% endfor %}",
                        "|",
                        "range(",
                        "* 99999",
                        "** 99",
                        "|tojson",
                        "{% macro f() %}",
                        "{% endmacro %}",
                        "f()",
                        "{% set s = s ~ s %}",
                        "[::-1]",
                        ".format(",
                        "messages",
                        "namespace("),
                List.of(TemplateError.class),
                800);
    }

    private static final List<String> WORDS_OF_FILES = List.of(
            "\n", "\r\n", ",", ";", "\t", "\"", "\"\"", "[", "]", "{", "}", "null", "\u0000");

    private Fuzz texts() throws IOException {
        List<String> seeds = new ArrayList<>();
        seeds.add(String.join("\n", Samples.ALL));
        seeds.add("[" + String.join(",\n", Samples.ALL) + "]");
        seeds.add("{\"data\": [" + String.join(",", Samples.ALL) + "]}");
        seeds.add("prompt,completion\na,\"b\nc\"\n\"d\"\"e\",f\n");
        seeds.add("prompt\tcompletion\na\tb\n");
        seeds.add("A text.\n\nAnother text.\n");
        return files("text files", utf8(seeds), 400);
    }

    private Fuzz parquet() throws IOException {
        List<byte[]> seeds = new ArrayList<>();
        for (String name :
                List.of("chats.none", "chats.snappy", "chats.zstd", "chats.gzip", "types")) {
            seeds.add(resource(name + ".parquet"));
        }
        return files("Parquet files", seeds, 60);
    }

    private static byte[] resource(String name) throws IOException {
        return Files.readAllBytes(Path.of("src", "test", "resources", "dev", "plimsoll", "sources")
                .resolve("reading")
                .resolve(name));
    }

    private Fuzz packed() throws IOException {
        byte[] lines = utf8(String.join("\n", Samples.ALL).repeat(20));
        return files(
                "packed files",
                List.of(
                        Packed.gzip(lines),
                        Packed.zstd(lines),
                        Packed.zstd(Packed.gzip(lines)),
                        Packed.gzip(new byte[1 << 20])),
                200);
    }

    private Fuzz files(String name, List<byte[]> seeds, int count) throws IOException {
        Path place = fresh("files").resolve(name.replace(' ', '-'));
        SourceOptions options = SourceOptions.defaults(100_000, 1_000);
        return new Fuzz(
                name,
                input -> {
                    write(place, input);
                    try (SampleSource source = SampleSource.open(
                            List.of(place.toString()),
                            options,
                            new ByteArrayInputStream(new byte[0]))) {
                        Optional<SourceItem> item = source.next();
                        while (item.isPresent()) {
                            if (item.get() instanceof SourceItem.Record(var _, byte[] bytes)) {
                                SampleParser.parse(bytes);
                            }
                            item = source.next();
                        }
                    }
                },
                seeds,
                WORDS_OF_FILES,
                List.of(UnusableSourceException.class),
                count);
    }

    private Fuzz settings() throws IOException {
        Path file = fresh("settings").resolve("plimsoll.yaml");
        String seed = "# a run\nlora-rank: 8\ntargets: [q_proj, v_proj]\nlease: 8s\nsteps: 10\n"
                + "learning-rate: 2e-4\nprefix: p\nschedule: cosine\nserve-shards:\n- 0\n- 1\n";
        return new Fuzz(
                "settings",
                input -> {
                    write(file, input);
                    SettingValues.read(
                            Catalogue.COORDINATOR, Map.of("config", file.toString()), Map.of());
                },
                List.of(utf8(seed)),
                List.of(
                        "&a ",
                        "*a",
                        "!!java.util.Date ",
                        "!!binary ",
                        "<<: ",
                        "- ",
                        "? ",
                        "|\n",
                        "a: &a [*a]",
                        "---\n",
                        "%YAML 1.1\n",
                        "\t"),
                List.of(SettingProblem.class),
                600);
    }

    /**
     * Without cutting the file to nothing first, which makes some file systems wait for the disk.
     */
    private static void write(Path file, byte[] content) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(content));
            channel.truncate(content.length);
        }
    }
}
