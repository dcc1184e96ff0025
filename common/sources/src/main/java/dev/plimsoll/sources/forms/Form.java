package dev.plimsoll.sources.forms;

import dev.plimsoll.sources.SourceOptions;

/** How one file is read. */
public sealed interface Form {

    /** As people read it. */
    String words();

    /** One record a line. */
    record Lines(char end) implements Form {
        @Override
        public String words() {
            return end == '\n' ? "JSON lines" : "JSON lines, ending with carriage returns";
        }
    }

    /** JSON values: in a list, or one after another. */
    record Values(boolean list) implements Form {
        @Override
        public String words() {
            return list ? "JSON array" : "JSON objects one after another";
        }
    }

    /** A table with a header. */
    record Table(char separator) implements Form {
        @Override
        public String words() {
            return switch (separator) {
                case '\t' -> "TSV";
                case ';' -> "CSV with semicolons";
                default -> "CSV";
            };
        }
    }

    /** Apache Parquet. */
    record Parquet() implements Form {
        @Override
        public String words() {
            return "Parquet";
        }
    }

    /** Plain text. */
    record Text(SourceOptions.TextUnit unit) implements Form {
        @Override
        public String words() {
            return switch (unit) {
                case FILE -> "plain text, one sample of the whole file";
                case PARAGRAPH -> "plain text, one sample a paragraph";
                case LINE -> "plain text, one sample a line";
            };
        }
    }
}
