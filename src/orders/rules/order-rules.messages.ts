import type { MessageCatalogue } from '../../platform/i18n/messages.js';

/** What is said about changing the rules and judging orders again. */
export const ORDER_RULES_MESSAGES: MessageCatalogue = {
  en: {
    'orders.rules_no_object': 'send a JSON object with what is to change',
    'orders.rules_no_object_at': '{{path}} must be an object',
    'orders.rules_unknown_field': '{{path}} is not known here; there may be: {{fields}}',
    'orders.rules_unknown_rule': '{{path}} names no rule; the rules are {{rules}}',
    'orders.rules_no_parameters': '{{path}}: the rule has no parameters',
    'orders.rules_integer': '{{path}} must be a whole number from {{min}} to {{max}}',
    'orders.rules_list': '{{path}} must be a list of at most {{max}} values',
    'orders.rules_empty': '{{path}} must not be empty; take the rule out of validators to switch it off',
    'orders.rules_twice': '{{path}} is there twice',
    'orders.rules_state': '{{path}} must be a state, two letters such as NY',
    'orders.rules_ending':
      '{{path}} must be the end of an e-mail address such as .net, 1 to 64 letters, digits or . _ % + - @',
    'orders.rules_note': '{{path}} must be a text of at most {{max}} characters',
    'orders.rules_conflict_msg':
      'the rules were changed meanwhile: the change was made from version {{given}}, but version {{current}} holds now; read the rules again',
    'orders.rules_version_not_found_msg': 'there is no version {{version}} of the rules',
    'orders.revalidate_starting_msg': 'the orders will be checked',
    'orders.revalidate_progress_msg': '{{checked}} of {{total}} orders checked',
    'orders.revalidate_success_msg': '{{checked}} orders checked, {{changed}} changed',
    'orders.revalidate_tried_msg': '{{checked}} orders checked, {{changed}} would change',
    'orders.revalidate_cancelled_msg': 'the check was cancelled after {{checked}} orders',
  },
  pt: {
    'orders.rules_no_object': 'envie um objeto JSON com o que deve mudar',
    'orders.rules_no_object_at': '{{path}} precisa ser um objeto',
    'orders.rules_unknown_field': '{{path}} não é conhecido aqui; pode haver: {{fields}}',
    'orders.rules_unknown_rule': '{{path}} não é uma regra; as regras são {{rules}}',
    'orders.rules_no_parameters': '{{path}}: a regra não tem parâmetros',
    'orders.rules_integer': '{{path}} precisa ser um número inteiro de {{min}} a {{max}}',
    'orders.rules_list': '{{path}} precisa ser uma lista de no máximo {{max}} valores',
    'orders.rules_empty': '{{path}} não pode ser vazio; tire a regra de validators para desativá-la',
    'orders.rules_twice': '{{path}} aparece duas vezes',
    'orders.rules_state': '{{path}} precisa ser um estado, duas letras como NY',
    'orders.rules_ending':
      '{{path}} precisa ser o final de um e-mail como .net, de 1 a 64 letras, dígitos ou . _ % + - @',
    'orders.rules_note': '{{path}} precisa ser um texto de no máximo {{max}} caracteres',
    'orders.rules_conflict_msg':
      'as regras mudaram nesse meio-tempo: a mudança partiu da versão {{given}}, mas agora vale a versão {{current}}; leia as regras de novo',
    'orders.rules_version_not_found_msg': 'não existe a versão {{version}} das regras',
    'orders.revalidate_starting_msg': 'os pedidos serão verificados',
    'orders.revalidate_progress_msg': '{{checked}} de {{total}} pedidos verificados',
    'orders.revalidate_success_msg': '{{checked}} pedidos verificados, {{changed}} alterados',
    'orders.revalidate_tried_msg': '{{checked}} pedidos verificados, {{changed}} seriam alterados',
    'orders.revalidate_cancelled_msg': 'a verificação foi cancelada após {{checked}} pedidos',
  },
};
