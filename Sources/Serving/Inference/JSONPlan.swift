package import Tabular

/// A schema laid out for decoding requests in JSON: the plan of its rows, and what the last request's tensors began with.
///
/// Confined to one event loop.
package final class JSONPlan {
    package let rows: RowPlan
    let templates: TensorTemplates

    package init(_ schema: Schema) {
        rows = RowPlan(schema)
        templates = TensorTemplates(tensors: schema.width)
    }
}
