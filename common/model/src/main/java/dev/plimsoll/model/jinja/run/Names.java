package dev.plimsoll.model.jinja.run;

import dev.plimsoll.model.jinja.parse.Expr;

import java.util.List;
import java.util.function.Consumer;

/** Goes through the names that an expression reads. */
final class Names {

    private Names() {}

    static void each(Expr expression, Consumer<String> reader) {
        switch (expression) {
            case null -> {}
            case Expr.Const constant -> {}
            case Expr.Name name -> reader.accept(name.name());
            case Expr.SpaceRef reference -> reader.accept(reference.space());
            case Expr.TupleOf tuple -> each(tuple.items(), reader);
            case Expr.ListOf list -> each(list.items(), reader);
            case Expr.DictOf dict -> {
                each(dict.keys(), reader);
                each(dict.values(), reader);
            }
            case Expr.Unary unary -> each(unary.operand(), reader);
            case Expr.Binary binary -> {
                each(binary.left(), reader);
                each(binary.right(), reader);
            }
            case Expr.Concat concat -> each(concat.parts(), reader);
            case Expr.Compare compare -> {
                each(compare.first(), reader);
                each(compare.others(), reader);
            }
            case Expr.Cond cond -> {
                each(cond.test(), reader);
                each(cond.then(), reader);
                each(cond.otherwise(), reader);
            }
            case Expr.Attr attr -> each(attr.of(), reader);
            case Expr.Item item -> {
                each(item.of(), reader);
                each(item.index(), reader);
            }
            case Expr.Slice slice -> {
                each(slice.start(), reader);
                each(slice.stop(), reader);
                each(slice.step(), reader);
            }
            case Expr.Call call -> {
                each(call.callee(), reader);
                arguments(call.arguments(), reader);
            }
            case Expr.Filter filter -> {
                each(filter.of(), reader);
                arguments(filter.arguments(), reader);
            }
            case Expr.Test test -> {
                each(test.of(), reader);
                arguments(test.arguments(), reader);
            }
        }
    }

    private static void each(List<Expr> expressions, Consumer<String> reader) {
        expressions.forEach(each -> each(each, reader));
    }

    private static void arguments(Expr.Arguments arguments, Consumer<String> reader) {
        each(arguments.places(), reader);
        each(arguments.named(), reader);
        each(arguments.star(), reader);
        each(arguments.starStar(), reader);
    }
}
