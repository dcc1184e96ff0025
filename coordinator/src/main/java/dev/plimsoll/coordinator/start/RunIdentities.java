package dev.plimsoll.coordinator.start;

import dev.plimsoll.wire.codec.Checksums;
import dev.plimsoll.wire.codec.Seal;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.TopicAdmin;
import dev.plimsoll.wire.run.RunIdentity;

import org.apache.kafka.clients.admin.Admin;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** What a new run is known by, and what differs when it is started again. */
final class RunIdentities {

    /** They say how a sample becomes tokens. */
    private static final List<String> TEXTS = List.of(
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "added_tokens.json",
            "chat_template.jinja",
            "chat_template.json",
            "generation_config.json");

    private RunIdentities() {}

    /** A key that nobody has. */
    static String newSeal() {
        byte[] key = new byte[Seal.KEY_BYTES];
        new SecureRandom().nextBytes(key);
        return Checksums.hex(key);
    }

    /** By name, those that are there. */
    static SortedMap<String, String> texts(Path model) {
        SortedMap<String, String> texts = new TreeMap<>();
        for (String name : TEXTS) {
            Path file = model.resolve(name);
            if (Files.isRegularFile(file)) {
                try {
                    texts.put(name, Checksums.sha256Hex(Files.readAllBytes(file)));
                } catch (IOException e) {
                    throw new UncheckedIOException(file + " cannot be read", e);
                }
            }
        }
        return texts;
    }

    static String topicId(Clients clients, String topic) {
        try (Admin admin = clients.admin("plimsoll-topic-id")) {
            return TopicAdmin.awaitId(admin, topic);
        }
    }

    /** One sentence about the first thing that is not as it was when the run was created. */
    static Optional<String> difference(RunIdentity run, RunIdentity now, String samples) {
        if (!run.samplesTopic().isEmpty() && !run.samplesTopic().equals(now.samplesTopic())) {
            return Optional.of("topic " + samples + " was deleted and made anew since the run was"
                    + " created: its offsets mean other samples now, and those that were not"
                    + " tokenized are lost; submit the samples to another run with another"
                    + " prefix");
        }
        if (run.texts().isEmpty() || run.texts().equals(now.texts())) {
            return Optional.empty();
        }
        SortedMap<String, String> all = new TreeMap<>(run.texts());
        now.texts().forEach(all::putIfAbsent);
        return all.keySet().stream()
                .filter(name -> !Optional.ofNullable(run.texts().get(name))
                        .equals(Optional.ofNullable(now.texts().get(name))))
                .findFirst()
                .map(name -> name + " in the model's directory "
                        + (now.texts().containsKey(name)
                                ? run.texts().containsKey(name) ? "has changed" : "is new"
                                : "is gone")
                        + " since the run was created, and it says how samples become tokens; put"
                        + " it back as it was, or start another run with another prefix");
    }
}
