using HighPerf.Kafka.Protocol.Generator.Model;

namespace HighPerf.Kafka.Protocol.Generator.Parsing;

/// <summary>Collects what is wrong with one file.</summary>
internal sealed class ErrorList
{
    private readonly string _path;
    private readonly List<SpecError> _errors = [];

    public ErrorList(string path)
    {
        _path = path;
    }

    public IReadOnlyList<SpecError> Errors => _errors;

    public void Add(SpecLine line, Token token, string text) =>
        _errors.Add(new SpecError(_path, line.Number, token.Column, token.Text.Length, text));

    /// <summary>An error of the whole line.</summary>
    public void Add(SpecLine line, string text)
    {
        Token last = line.Tokens[line.Tokens.Count - 1];
        _errors.Add(new SpecError(_path, line.Number, line.Indentation, last.Column + last.Text.Length - line.Indentation, text));
    }
}
