using System.Text.RegularExpressions;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Transactions;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>The transactional ids that this broker coordinates, those that pass all filters.</summary>
internal sealed class ListTransactionsHandler : RequestHandler<ListTransactionsRequest, ListTransactionsResponse>
{
    /// <summary>States that a filter may name although no id is ever seen in them.</summary>
    private static readonly string[] PassingStates = ["Dead", "PrepareEpochFence"];

    protected override ListTransactionsResponse Handle(ListTransactionsRequest request, RequestContext context)
    {
        CoordinatorTable coordinators = context.Cluster.Coordinators;
        if (coordinators.IsLoading(CoordinatorKind.Transaction, context.Broker.NodeId))
        {
            return CreateErrorResponse(request, context, ErrorCode.CoordinatorLoadInProgress);
        }

        if (!TryParse(request.TransactionalIdPattern, out Regex? pattern))
        {
            return CreateErrorResponse(request, context, ErrorCode.InvalidRegularExpression);
        }

        ListTransactionsResponse response = new();
        response.UnknownStateFilters.AddRange(request.StateFilters.FindAll(IsUnknown));
        TransactionRegistry registry = context.Cluster.Transactions.Registry;
        registry.Expire();
        foreach (Transaction transaction in registry.All)
        {
            bool isHere = coordinators.Check(CoordinatorKind.Transaction, transaction.Id, context.Broker.NodeId) == ErrorCode.None;
            if (isHere && Passes(transaction, request, pattern, context.Cluster.NowMs))
            {
                response.TransactionStates.Add(new ListTransactionsResponse.TransactionStateData
                {
                    TransactionalId = transaction.Id,
                    ProducerId = transaction.Producer.Id,
                    TransactionState = transaction.Status.ToString(),
                });
            }
        }

        return response;
    }

    protected override ListTransactionsResponse CreateErrorResponse(ListTransactionsRequest request, RequestContext context, ErrorCode error) =>
        new() { ErrorCode = (short)error };

    private static bool IsUnknown(string state) => !Enum.GetNames<TransactionStatus>().Contains(state) && !PassingStates.Contains(state);

    private static bool Passes(Transaction transaction, ListTransactionsRequest request, Regex? pattern, long nowMs)
    {
        if (request.ProducerIdFilters.Count > 0 && !request.ProducerIdFilters.Contains(transaction.Producer.Id))
        {
            return false;
        }

        // A filter of nothing but unknown states filters nothing.
        if (request.StateFilters.Exists(state => !IsUnknown(state)) && !request.StateFilters.Contains(transaction.Status.ToString()))
        {
            return false;
        }

        if (request.DurationFilter >= 0 && nowMs - transaction.StartMs <= request.DurationFilter)
        {
            return false;
        }

        return pattern is null || pattern.IsMatch(transaction.Id);
    }

    /// <summary>A pattern has to match the whole id; an empty one is none.</summary>
    private static bool TryParse(string? text, out Regex? pattern)
    {
        pattern = null;
        try
        {
            pattern = string.IsNullOrEmpty(text) ? null : new Regex($@"\A(?:{text})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            return true;
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            return false;
        }
    }
}
