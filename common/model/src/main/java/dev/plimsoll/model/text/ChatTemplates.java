package dev.plimsoll.model.text;

import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A model's chat templates, read once; one that cannot be read refuses chats, not the model. */
final class ChatTemplates {

    /** Either a template or why there is none. */
    private record Read(Optional<ChatTemplate> template, Optional<TextRefusal> refusal) {}

    private final Path directory;
    private final TemplateSources sources;
    private final Map<String, Read> byName = new TreeMap<>();

    ChatTemplates(
            Path directory, TextConfig config, Optional<LocalDateTime> now, ChatLimits limits) {
        this.directory = directory;
        this.sources = config.templates();
        sources.byName()
                .forEach((name, source) -> byName.put(name, read(source, config, now, limits)));
    }

    boolean isEmpty() {
        return byName.isEmpty();
    }

    Optional<String> problem() {
        try {
            get(false);
            return Optional.empty();
        } catch (TextRefusal e) {
            return Optional.of(e.getMessage());
        }
    }

    /** The first that cannot be read, and why. */
    Optional<String> unreadable() {
        return byName.values().stream()
                .flatMap(read -> read.refusal().stream())
                .map(TextRefusal::getMessage)
                .findFirst();
    }

    /** @param tools whether the sample has tools: some models have a template for that */
    ChatTemplate get(boolean tools) throws TextRefusal {
        if (isEmpty()) {
            throw TextRefusal.badField("the model in " + directory
                    + " has no chat template; use prompt and completion, or add "
                    + "chat_template.jinja to the model");
        }
        Read read = byName.get(sources.chosen(tools));
        if (read == null) {
            throw TextRefusal.badField("the model in " + directory + " has the chat templates "
                    + byName.keySet() + " and none is named default; name one so");
        }
        if (read.refusal().isPresent()) {
            throw read.refusal().get();
        }
        return read.template().orElseThrow();
    }

    private static Read read(
            TemplateSources.Source source,
            TextConfig config,
            Optional<LocalDateTime> now,
            ChatLimits limits) {
        try {
            return new Read(
                    Optional.of(ChatTemplate.parse(source, config.specialTokens(), now, limits)),
                    Optional.empty());
        } catch (TextRefusal e) {
            return new Read(Optional.empty(), Optional.of(e));
        }
    }
}
