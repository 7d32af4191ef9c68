using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Configs;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>The older way to change settings: what is not named goes back to its default.</summary>
internal sealed class AlterConfigsHandler : RequestHandler<AlterConfigsRequest, AlterConfigsResponse>
{
    protected override AlterConfigsResponse Handle(AlterConfigsRequest request, RequestContext context)
    {
        ConfigEditor editor = new(context.Cluster, context.Broker.NodeId, request.ValidateOnly);
        AlterConfigsResponse response = new();
        foreach (AlterConfigsRequest.AlterConfigsResource resource in request.Resources)
        {
            bool twice = request.Resources.Exists(other =>
                other != resource && other.ResourceType == resource.ResourceType && other.ResourceName == resource.ResourceName);
            response.Responses.Add(Answer(resource, twice ? ConfigEditor.ResourceTwice : Edit(editor, resource)));
        }

        return response;
    }

    protected override AlterConfigsResponse CreateErrorResponse(AlterConfigsRequest request, RequestContext context, ErrorCode error)
    {
        AlterConfigsResponse response = new();
        response.Responses.AddRange(request.Resources.Select(resource => Answer(resource, new ConfigVerdict(error, null))));
        return response;
    }

    private static ConfigVerdict Edit(ConfigEditor editor, AlterConfigsRequest.AlterConfigsResource resource)
    {
        List<ConfigEdit> edits = resource.Configs.ConvertAll(config => new ConfigEdit(config.Name, ConfigOperation.Set, config.Value));
        return editor.Edit((ConfigResourceType)resource.ResourceType, resource.ResourceName, edits, fromScratch: true);
    }

    private static AlterConfigsResponse.AlterConfigsResourceResponse Answer(AlterConfigsRequest.AlterConfigsResource resource, in ConfigVerdict verdict) =>
        new()
        {
            ResourceType = resource.ResourceType,
            ResourceName = resource.ResourceName,
            ErrorCode = (short)verdict.Error,
            ErrorMessage = verdict.Message,
        };
}
